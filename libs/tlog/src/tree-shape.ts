import { emptyRoot, nodeHash } from './tree-hash.js';

/** The leaves from `start` up to, not including, `end`. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** A complete subtree of 2^height leaves, the `index`-th of its height from the left. */
export interface TreeNode {
  readonly height: number;
  readonly index: number;
}

/** The largest power of two smaller than `n`, for n > 1: `k` of RFC 9162 §2.1.1. */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/**
 * The complete subtrees that make up a range, largest first. The range must start at 0 or at a multiple of
 * the power of two that holds it, as every subtree of an RFC 9162 tree does.
 */
export function completeSubtrees({ start, end }: LeafRange): TreeNode[] {
  const nodes: TreeNode[] = [];
  let width = 1;
  let height = 0;
  for (; width * 2 <= end - start; width *= 2) height++;
  for (let at = start; at < end; width /= 2, height--) {
    if (end - at < width) continue;
    nodes.push({ height, index: at / width });
    at += width;
  }
  return nodes;
}

/**
 * The root over complete subtrees given largest first: the smallest two are joined first (RFC 9162 §2.1.1).
 */
export function foldRoot(hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.length === 0 ? emptyRoot() : hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** The root of a range whose complete subtrees `hashOf` can give. */
export function rangeRoot(range: LeafRange, hashOf: (node: TreeNode) => Uint8Array): Uint8Array {
  return foldRoot(completeSubtrees(range).map(hashOf));
}
