const BUCKET_BYTES = 2;
const HASH_BYTES = 32;
const STRIDE = BUCKET_BYTES + HASH_BYTES;

/** New leaf hashes of a set tree as they are stored: bucket (two bytes, big-endian) and hash of each. */
export function encodeLeafChanges(leaves: ReadonlyMap<number, Uint8Array>): Buffer {
  const bytes = Buffer.alloc(leaves.size * STRIDE);
  let at = 0;
  for (const [bucket, hash] of leaves) {
    bytes.writeUInt16BE(bucket, at);
    bytes.set(hash, at + BUCKET_BYTES);
    at += STRIDE;
  }
  return bytes;
}

/** What `encodeLeafChanges` wrote: buckets with their hashes, in the same order. */
export function decodeLeafChanges(bytes: Buffer): [bucket: number, hash: Uint8Array][] {
  return Array.from({ length: bytes.length / STRIDE }, (_, i) => [
    bytes.readUInt16BE(i * STRIDE),
    bytes.subarray(i * STRIDE + BUCKET_BYTES, (i + 1) * STRIDE),
  ]);
}
