import { BUCKET_COUNT } from '#libs/protocol';
import type { BucketRecords } from '../store/bucket-records.js';
import type { PackColumns } from './pack-columns.js';

/** A change that the set it meets cannot undergo: which pack of the window, and how. */
export interface Contradiction {
  /** Position of the pack in the window. */
  readonly pack: number;
  readonly reason: 'an added key is in the set already' | 'a changed key is not in the set';
}

/**
 * The changes of several packs that follow one another, ordered by bucket and within a bucket as they follow one another:
 * so each bucket is read, hashed and written once, however many packs change it.
 */
export class ChangeWindow {
  /** Where the changes of each bucket begin in `order`; one more than there are buckets. */
  private readonly starts: Uint32Array;
  /** Changes as pack and row, by bucket. */
  private readonly packOf: Uint16Array;
  private readonly rowOf: Uint32Array;

  /** Where the records of the changes lie: the bytes of the packs. */
  readonly sources: readonly Uint8Array[];

  /** @param packs  at most 65,536 */
  constructor(private readonly packs: readonly PackColumns[]) {
    this.sources = packs.map(({ bytes }) => bytes);
    this.starts = startsOf(packs);
    const total = this.starts[BUCKET_COUNT]!;
    this.packOf = new Uint16Array(total);
    this.rowOf = new Uint32Array(total);
    const next = this.starts.slice();
    packs.forEach(({ buckets }, pack) => {
      for (let row = 0; row < buckets.length; row++) {
        const at = next[buckets[row]!]!++;
        this.packOf[at] = pack;
        this.rowOf[at] = row;
      }
    });
  }

  /** Whether any change is in `bucket`. */
  touches(bucket: number): boolean {
    return this.starts[bucket + 1]! > this.starts[bucket]!;
  }

  /** Applies the changes in `bucket` to its records; stops at the first that they cannot undergo, and returns it. */
  applyTo(records: BucketRecords, bucket: number): Contradiction | null {
    for (let at = this.starts[bucket]!; at < this.starts[bucket + 1]!; at++) {
      const pack = this.packOf[at]!;
      const reason = applyRow(records, this.packs[pack]!, pack + 1, this.rowOf[at]!);
      if (reason !== null) return { pack, reason };
    }
    return null;
  }
}

function startsOf(packs: readonly PackColumns[]): Uint32Array {
  const starts = new Uint32Array(BUCKET_COUNT + 1);
  for (const { buckets } of packs) {
    for (let row = 0; row < buckets.length; row++) starts[buckets[row]! + 1]!++;
  }
  for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) starts[bucket + 1]! += starts[bucket]!;
  return starts;
}

/** @param source  number of the pack among the sources of `records` */
function applyRow(
  records: BucketRecords,
  pack: PackColumns,
  source: number,
  row: number,
): Contradiction['reason'] | null {
  const keyAt = pack.keysAt + row * pack.keyLength;
  const position = records.find(source, keyAt);
  if (row < pack.added) {
    if (position >= 0) return 'an added key is in the set already';
    const slot = records.insert(~position, source, keyAt);
    if (pack.hasValues) records.setValue(slot, source, pack.valueAt[row]!, pack.valueLength[row]!);
    setMetadata(records, slot, pack, source, row);
    return null;
  }
  if (position < 0) return 'a changed key is not in the set';
  if (row < pack.added + pack.updated) setMetadata(records, records.slotAt(position), pack, source, row);
  else records.removeAt(position);
  return null;
}

function setMetadata(
  records: BucketRecords,
  slot: number,
  pack: PackColumns,
  source: number,
  row: number,
): void {
  const index = pack.metadataIndex[row]!;
  records.setMetadata(slot, source, pack.metadata.at[index]!, pack.metadata.length[index]!);
}
