import { compareBytes, NO_BYTES } from './bytes.js';
import type { Change } from './change.js';
import type { SetShape } from './set-shape.js';

/** First bytes of every pack, ASCII "CAIRNPK1". */
export const PACK_MAGIC = Uint8Array.from('CAIRNPK1', (character) => character.charCodeAt(0));

/** What one pack may hold at most; larger changes are split. */
export interface PackLimits {
  /** Added, updated and removed together. */
  changes: number;
  /** Bytes of the whole pack. */
  bytes: number;
}

/** The limits of the format: what a decoder accepts. */
export const PACK_LIMITS: Readonly<PackLimits> = { changes: 65_536, bytes: 8 * 1024 * 1024 };

/** Flag bit 0: a values column follows. */
export const FLAG_VALUES = 1;

/** Everything a pack says, one object per change: what an encoder takes. */
export interface PackContents extends SetShape {
  /** Set root that the pack applies to. */
  readonly from: Uint8Array;
  /** Set root after it. */
  readonly to: Uint8Array;
  /** In canonical form. */
  readonly changes: readonly Change[];
}

/** Keys of one section, strictly ascending, one after the other. */
export interface KeyColumn {
  readonly count: number;
  /** count × keyLength bytes. */
  readonly keys: Uint8Array;
}

/** Keys, and for each its position in the pack's metadata table. */
export interface RecordColumn extends KeyColumn {
  readonly metadataIndex: Uint16Array;
}

/** Keys, metadata and values of added records. */
export interface AddedColumn extends RecordColumn {
  /** Per value `u16be length | bytes`; empty for a fixed-length type. */
  readonly values: Uint8Array;
  /** Start of each value's bytes in `values`, and of those that a further value would have; empty without values. */
  readonly valueStarts: Uint32Array;
}

/** Keys, and for each one byte that says why. */
export interface RemovedColumn extends KeyColumn {
  readonly reasons: Uint8Array;
}

/** A decoded and checked pack in columns: views of its bytes, which must not change while it is used. */
export interface Pack extends SetShape {
  /** Set root that the pack applies to. */
  readonly from: Uint8Array;
  /** Set root after it, as the pack claims. */
  readonly to: Uint8Array;
  /** The distinct metadata strings, strictly ascending. */
  readonly metadata: readonly Uint8Array[];
  readonly added: AddedColumn;
  readonly updated: RecordColumn;
  readonly removed: RemovedColumn;
}

/** Bytes before a value in the values column: its length. */
export const VALUE_LENGTH_BYTES = 2;

/** Key `at` of a column, a view. */
export function packKey({ keyLength }: SetShape, { keys }: KeyColumn, at: number): Uint8Array {
  return keys.subarray(at * keyLength, (at + 1) * keyLength);
}

/** Metadata of record `at` of a column, a view. */
export function packMetadata({ metadata }: Pack, { metadataIndex }: RecordColumn, at: number): Uint8Array {
  return metadata[metadataIndex[at]!]!;
}

/** Value of added record `at`, a view; empty for a fixed-length type. */
export function packValue({ hasValues, added }: Pack, at: number): Uint8Array {
  if (!hasValues) return NO_BYTES;
  const { values, valueStarts } = added;
  return values.subarray(valueStarts[at], valueStarts[at + 1]! - VALUE_LENGTH_BYTES);
}

/** The changes of a pack in canonical form, one by one. */
export function* packChanges(pack: Pack): Generator<Change, void, undefined> {
  const sections = [addedChanges(pack), updatedChanges(pack), removedChanges(pack)];
  const heads = sections.map((section) => section.next().value);
  for (;;) {
    const least = indexOfLeast(heads);
    const change = heads[least];
    if (change === undefined) return;
    yield change;
    heads[least] = sections[least]!.next().value;
  }
}

/** The same pack as an encoder takes it: encoding this gives the pack's bytes again. */
export function packContents(pack: Pack): PackContents {
  const { type, keyLength, hasValues, from, to } = pack;
  return { type, keyLength, hasValues, from, to, changes: [...packChanges(pack)] };
}

function* addedChanges(pack: Pack): Generator<Change, undefined, undefined> {
  for (let at = 0; at < pack.added.count; at++) {
    const key = packKey(pack, pack.added, at);
    yield { op: 'add', key, metadata: packMetadata(pack, pack.added, at), value: packValue(pack, at) };
  }
}

function* updatedChanges(pack: Pack): Generator<Change, undefined, undefined> {
  for (let at = 0; at < pack.updated.count; at++) {
    yield {
      op: 'update',
      key: packKey(pack, pack.updated, at),
      metadata: packMetadata(pack, pack.updated, at),
    };
  }
}

function* removedChanges(pack: Pack): Generator<Change, undefined, undefined> {
  for (let at = 0; at < pack.removed.count; at++) {
    yield { op: 'remove', key: packKey(pack, pack.removed, at), reason: pack.removed.reasons[at]! };
  }
}

/** Position of the change with the least key; of any undefined one when no change is left. */
function indexOfLeast(heads: readonly (Change | undefined)[]): number {
  let least = 0;
  heads.forEach((head, at) => {
    const best = heads[least];
    if (head !== undefined && (best === undefined || compareBytes(head.key, best.key) < 0)) least = at;
  });
  return least;
}
