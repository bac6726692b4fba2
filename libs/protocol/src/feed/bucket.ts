import { sha256 } from '#libs/tlog';
import { PackError } from './pack-error.js';
import { decodeRecords, encodeRecords, type SetRecord } from './record.js';
import { leafHash } from '#libs/tlog';

/** Buckets of a set: the leaves of its set tree. */
export const BUCKET_COUNT = 65_536;

/**
 * The bucket of a key: the first two bytes, big-endian, of SHA-256(key). Of the hash, because a submitter could choose
 * the first bytes of a key so as to fill one bucket.
 */
export function bucketOf(key: Uint8Array): number {
  const digest = sha256(key);
  return digest[0]! * 0x100 + digest[1]!;
}

/** Leaf hash of the bucket that holds exactly `records`, which strictly ascend by key; of the empty one for none. */
export function bucketLeafHash(records: readonly SetRecord[]): Uint8Array {
  return leafHash(encodeRecords(records));
}

/**
 * The records in the leaf data of `bucket`.
 *
 * @throws PackError as `decodeRecords` does, and `wrong-bucket` when a key belongs elsewhere
 */
export function decodeBucket(bytes: Uint8Array, bucket: number): SetRecord[] {
  const records = decodeRecords(bytes);
  for (const { key } of records) {
    if (bucketOf(key) !== bucket)
      throw new PackError('wrong-bucket', 'bucket: a key belongs to another bucket');
  }
  return records;
}

/** @throws PackError `bad-leaf` unless 0 ≤ bucket ≤ 65,535 */
export function requireBucket(bucket: number): void {
  if (!Number.isInteger(bucket) || bucket < 0 || bucket >= BUCKET_COUNT) {
    throw new PackError('bad-leaf', 'set tree: not a bucket of 0 to 65,535');
  }
}
