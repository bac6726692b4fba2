import { rootOfLeafHashes, sha256 } from '#libs/tlog';
import { toHex } from '../hex.js';
import { ProtocolError } from '../protocol-error.js';

/** Leaves after the directory: a signal belongs to the one that the first byte of SHA-256 of its record key names. */
export const STATE_CHUNKS = 256;
/** The directory and the chunks. */
export const STATE_LEAVES = 1 + STATE_CHUNKS;
/** Every leaf begins with so many random bytes: the root is public, and a chunk of few signals could be guessed. */
export const STATE_SALT_BYTES = 16;
/** Bytes of one leaf at most, checked before anything is read: some four million signals in a chunk. */
export const MAX_STATE_LEAF_BYTES = 256 * 1024 * 1024;

/** The chunk of a record key, 0 to 255; it is leaf 1 + chunk. */
export function stateChunkOf(key: Uint8Array): number {
  return sha256(key)[0]!;
}

/**
 * The root that a `state` statement shows.
 *
 * @param hashes leaf hashes (`leafHash`) of all 257 leaves in order.
 * @returns hex.
 * @throws ProtocolError COUNT_MISMATCH
 */
export function stateRoot(hashes: readonly Uint8Array[]): string {
  if (hashes.length === STATE_LEAVES) return toHex(rootOfLeafHashes([...hashes]));
  throw new ProtocolError({
    code: 'COUNT_MISMATCH',
    field: 'state',
    rule: `must have ${STATE_LEAVES} leaves`,
  });
}

/**
 * What a leaf holds behind its salt.
 *
 * @throws ProtocolError TOO_LARGE, BAD_FRAMING
 */
export function stateLeafBody(leaf: Uint8Array): Uint8Array {
  if (leaf.length > MAX_STATE_LEAF_BYTES) {
    const rule = `must be at most ${MAX_STATE_LEAF_BYTES} bytes`;
    throw new ProtocolError({ code: 'TOO_LARGE', field: 'state', rule });
  }
  if (leaf.length < STATE_SALT_BYTES) {
    throw new ProtocolError({ code: 'BAD_FRAMING', field: 'state', rule: 'must begin with its salt' });
  }
  return leaf.subarray(STATE_SALT_BYTES);
}
