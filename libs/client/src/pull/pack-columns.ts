import { openPack, type Pack, type RoundPack } from '#libs/protocol';
import { keyBuckets } from '../sha256/key-buckets.js';

/** Positions of the metadata strings of a pack in its bytes. */
export interface MetadataTable {
  readonly at: Uint32Array;
  readonly length: Uint16Array;
}

/**
 * A pack opened and checked, as numbers over its bytes: nothing is made per record. Rows are the added records, then the updated, then the removed.
 */
export interface PackColumns {
  readonly bytes: Uint8Array;
  readonly keyLength: number;
  readonly hasValues: boolean;
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
  /** Removal reason code of each removed row. */
  readonly reasons: Uint8Array;
  /** Set root that the pack applies to, hex. */
  readonly from: string;
  /** Position of the first row's key; the others follow. */
  readonly keysAt: number;
  /** Bucket of each row. */
  readonly buckets: Uint16Array;
  /** Metadata string of each added or updated row. */
  readonly metadataIndex: Uint16Array;
  readonly metadata: MetadataTable;
  /** Position of each added row's value, and its length; empty for a type without values. */
  readonly valueAt: Uint32Array;
  readonly valueLength: Uint16Array;
}

/**
 * Opens the pack that a round announces for `type` (length, digest, canonical form, counts and root, in this order) and
 * finds the bucket of every key.
 *
 * @throws PackError as `openPack` does
 */
export function openPackColumns(type: string, announced: RoundPack, bytes: Uint8Array): PackColumns {
  const pack = openPack(type, announced, bytes);
  const { keyLength, hasValues, added, updated, removed } = pack;
  const rows = added.count + updated.count + removed.count;
  const keysAt = added.keys.byteOffset - bytes.byteOffset;
  return {
    bytes,
    keyLength,
    hasValues,
    added: added.count,
    updated: updated.count,
    removed: removed.count,
    reasons: removed.reasons,
    from: Buffer.from(pack.from).toString('hex'),
    keysAt,
    buckets: keyBuckets(bytes, keysAt, keyLength, rows),
    metadataIndex: joined(added.metadataIndex, updated.metadataIndex),
    metadata: tableOf(pack, bytes),
    ...valuesOf(pack, bytes),
  };
}

function joined(a: Uint16Array, b: Uint16Array): Uint16Array {
  const both = new Uint16Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function tableOf({ metadata }: Pack, bytes: Uint8Array): MetadataTable {
  return {
    at: Uint32Array.from(metadata, (text) => text.byteOffset - bytes.byteOffset),
    length: Uint16Array.from(metadata, (text) => text.length),
  };
}

function valuesOf(
  { hasValues, added }: Pack,
  bytes: Uint8Array,
): Pick<PackColumns, 'valueAt' | 'valueLength'> {
  const count = hasValues ? added.count : 0;
  const valueAt = new Uint32Array(count);
  const valueLength = new Uint16Array(count);
  const base = added.values.byteOffset - bytes.byteOffset;
  for (let row = 0; row < count; row++) {
    valueAt[row] = base + added.valueStarts[row]!;
    valueLength[row] = added.valueStarts[row + 1]! - 2 - added.valueStarts[row]!;
  }
  return { valueAt, valueLength };
}
