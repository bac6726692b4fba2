import { equalBytes } from './bytes.js';
import { requireInteger } from './integers.js';
import { MAX_PROOF_HASHES } from './limits.js';
import { TlogError } from './tlog-error.js';
import { nodeHash, requireHash } from './tree-hash.js';

/** A claim that a leaf is in a tree, with its proof. */
export interface InclusionClaim {
  /** Hash of the leaf, 32 bytes. */
  readonly leafHash: Uint8Array;
  /** Index of the leaf, from 0. */
  readonly index: number;
  /** Number of leaves of the tree. */
  readonly size: number;
  /** Root of the tree, 32 bytes. */
  readonly root: Uint8Array;
  /** Sibling hashes, leaf side first, at most 63. */
  readonly proof: readonly Uint8Array[];
}

/**
 * Checks that a leaf is in the tree with the given size and root: the algorithm of RFC 9162 §2.1.3.2.
 * @throws TlogError `proof_rejected`, or `out_of_range` when the index is not below the size, or `malformed`
 * when a hash is not 32 bytes
 */
export function verifyInclusion({ leafHash, index, size, root, proof }: InclusionClaim): void {
  if (requireInteger(index, 'index') >= requireInteger(size, 'size')) {
    throw new TlogError('out_of_range', 'index: must be below the size');
  }
  if (proof.length > MAX_PROOF_HASHES) reject();
  let fn = index;
  let sn = size - 1;
  let r = requireHash(leafHash, 'leaf hash');
  for (const p of proof) {
    if (sn === 0) reject();
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else {
      r = nodeHash(r, p);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  if (sn !== 0 || !equalBytes(r, root)) reject();
}

function reject(): never {
  throw new TlogError('proof_rejected', 'inclusion proof: does not lead from the leaf to the root');
}
