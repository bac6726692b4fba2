import { sha256 } from '#sha256';
import { TlogError } from './tlog-error.js';

/** Length of every tree hash, SHA-256, in bytes. */
export const HASH_BYTES = 32;

// One buffer for every node and one for every small leaf: the hash has read them before anything else can run.
const small = new Uint8Array(1024);
const pair = new Uint8Array(1 + 2 * HASH_BYTES);
pair[0] = 0x01;

/** The hash of one leaf, SHA-256(0x00 || data): RFC 6962 §2.1, RFC 9162 §2.1.1. */
export function leafHash(data: Uint8Array): Uint8Array {
  const length = 1 + data.length;
  const prefixed = length <= small.length ? small.subarray(0, length) : new Uint8Array(length);
  prefixed.set(data, 1);
  return sha256(prefixed);
}

/**
 * The hash of an inner node, SHA-256(0x01 || left || right), both 32 bytes: RFC 6962 §2.1, RFC 9162 §2.1.1.
 * @throws TlogError `malformed` when a child is not 32 bytes
 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  pair.set(requireHash(left, 'left'), 1);
  pair.set(requireHash(right, 'right'), 1 + HASH_BYTES);
  return sha256(pair);
}

/** The root of the tree without leaves, SHA-256 of nothing: RFC 6962 §2.1. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array());
}

/** `hash` if it is 32 bytes long. */
export function requireHash(hash: Uint8Array, field: string): Uint8Array {
  if (hash.length !== HASH_BYTES) throw new TlogError('malformed', `${field}: must be 32 bytes`);
  return hash;
}

/**
 * The parents of the pairs among the hashes of one tree level, both as hashes one after the other; an odd
 * last one is left out.
 */
export function parentHashes(level: Uint8Array): Uint8Array {
  const parents = new Uint8Array(Math.floor(level.length / (2 * HASH_BYTES)) * HASH_BYTES);
  for (let i = 0; i < parents.length; i += HASH_BYTES) {
    pair.set(level.subarray(2 * i, 2 * i + 2 * HASH_BYTES), 1);
    parents.set(sha256(pair), i);
  }
  return parents;
}
