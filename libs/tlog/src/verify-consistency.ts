import { equalBytes } from './bytes.js';
import type { TreeHead } from './compact-range.js';
import { requireInteger } from './integers.js';
import { MAX_PROOF_HASHES } from './limits.js';
import { TlogError } from './tlog-error.js';
import { nodeHash, requireHash } from './tree-hash.js';

/** A claim that one tree extends another, with its proof. */
export interface ConsistencyClaim {
  readonly first: TreeHead;
  readonly second: TreeHead;
  /** Hashes as RFC 9162 §2.1.4.1 orders them, at most 63. */
  readonly proof: readonly Uint8Array[];
}

/**
 * Checks that the second tree extends the first: the algorithm of RFC 9162 §2.1.4.2. Equal sizes need an
 * empty proof and equal roots. A first size of 0 is refused, since a proof from the empty tree says nothing:
 * whoever knows nothing of a log must say so instead of verifying.
 * @throws TlogError `proof_rejected`, or `out_of_range` for sizes 0 or in the wrong order, or `malformed`
 * when a hash is not 32 bytes
 */
export function verifyConsistency({ first, second, proof }: ConsistencyClaim): void {
  requireInteger(first.size, 'first size');
  requireInteger(second.size, 'second size');
  if (first.size === 0)
    throw new TlogError('out_of_range', 'first size: a proof from the empty tree says nothing');
  if (first.size > second.size)
    throw new TlogError('out_of_range', 'second size: must not be the smaller one');
  requireHash(first.root, 'first root');
  requireHash(second.root, 'second root');
  if (first.size === second.size) {
    if (proof.length > 0 || !equalBytes(first.root, second.root)) reject();
    return;
  }
  if (proof.length === 0 || proof.length > MAX_PROOF_HASHES) reject();
  walk(first, second, isPowerOfTwo(first.size) ? [first.root, ...proof] : proof);
}

function walk(first: TreeHead, second: TreeHead, path: readonly Uint8Array[]): void {
  let fn = first.size - 1;
  let sn = second.size - 1;
  while (fn % 2 === 1) [fn, sn] = [(fn - 1) / 2, Math.floor(sn / 2)];
  let fr = requireHash(path[0]!, 'consistency proof');
  let sr = fr;
  for (const c of path.slice(1)) {
    if (sn === 0) reject();
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(c, fr);
      sr = nodeHash(c, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else {
      sr = nodeHash(sr, c);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  if (sn !== 0 || !equalBytes(fr, first.root) || !equalBytes(sr, second.root)) reject();
}

function isPowerOfTwo(n: number): boolean {
  while (n % 2 === 0) n /= 2;
  return n === 1;
}

function reject(): never {
  throw new TlogError('proof_rejected', 'consistency proof: does not lead from the first root to the second');
}
