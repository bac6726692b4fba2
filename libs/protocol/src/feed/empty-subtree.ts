import { NO_BYTES } from './bytes.js';
import { PackError } from './pack-error.js';
import { leafHash, nodeHash } from '#libs/tlog';

/** Levels of nodes above the leaves of a set tree: 2^16 buckets. */
export const SET_TREE_HEIGHT = 16;

const EMPTY: readonly Uint8Array[] = emptySubtrees();

function emptySubtrees(): Uint8Array[] {
  const hashes = [leafHash(NO_BYTES)];
  for (let level = 0; level < SET_TREE_HEIGHT; level++) hashes.push(nodeHash(hashes[level]!, hashes[level]!));
  return hashes;
}

/**
 * Root hash of a subtree of 2^level empty buckets (`level` 0 to 16): level 0 is the leaf hash of the empty string,
 * level 16 the set root of an empty set. These constants are neither stored nor sent.
 */
export function emptySubtreeHash(level: number): Uint8Array {
  const hash = EMPTY[level];
  if (hash === undefined) throw new PackError('bad-leaf', 'set tree: not a level of 0 to 16');
  // Not slice(): a Buffer's slice shares its bytes, and whoever changed the answer would change the constant.
  return Uint8Array.from(hash);
}
