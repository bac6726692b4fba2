import { PACK_MAGIC } from './pack.js';
import type { SetShape } from './set-shape.js';
import { HASH_BYTES } from './tile-tree.js';

/** What the size of a pack depends on. */
export interface PackTally {
  /** Added and updated records. */
  records: number;
  removed: number;
  /** Distinct metadata strings. */
  distinct: number;
  /** Bytes of the metadata table's rows. */
  metadataBytes: number;
  /** Bytes of the values column. */
  valueBytes: number;
}

const COUNT_BYTES = 4;

/** Bytes of one metadata index, for a table of `distinct` strings; 65,536 changes never need more than two. */
export function indexWidth(distinct: number): 1 | 2 {
  return distinct <= 0x100 ? 1 : 2;
}

/** Bytes of the pack. */
export function packBytes({ type, keyLength }: SetShape, tally: PackTally): number {
  const header = PACK_MAGIC.length + 1 + type.length + 1 + 1 + 3 * COUNT_BYTES + 2 * HASH_BYTES;
  const table = COUNT_BYTES + tally.metadataBytes;
  const keys = (tally.records + tally.removed) * keyLength;
  const index = tally.records * indexWidth(tally.distinct);
  return header + table + keys + index + tally.removed + tally.valueBytes;
}
