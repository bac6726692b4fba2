import { requireBucket } from './bucket.js';
import { emptySubtreeHash, SET_TREE_HEIGHT } from './empty-subtree.js';
import { nodeHash } from '#libs/tlog';

/**
 * Set root from nothing: the RFC 9162 root over the 65,536 buckets, given the leaf hashes of those that are not
 * empty. For a set that changes, `SetTree` is faster; this one shares no code with it and can check it.
 *
 * @throws PackError `bad-leaf` for a bucket that is none
 */
export function computeSetRoot(leafHashes: ReadonlyMap<number, Uint8Array>): Uint8Array {
  for (const bucket of leafHashes.keys()) requireBucket(bucket);
  let nodes = leafHashes;
  for (let level = 0; level < SET_TREE_HEIGHT; level++) nodes = parents(nodes, emptySubtreeHash(level));
  return nodes.get(0) ?? emptySubtreeHash(SET_TREE_HEIGHT);
}

function parents(nodes: ReadonlyMap<number, Uint8Array>, empty: Uint8Array): Map<number, Uint8Array> {
  const above = new Map<number, Uint8Array>();
  for (const index of nodes.keys()) {
    const parent = index >>> 1;
    if (above.has(parent)) continue;
    above.set(parent, nodeHash(nodes.get(parent * 2) ?? empty, nodes.get(parent * 2 + 1) ?? empty));
  }
  return above;
}
