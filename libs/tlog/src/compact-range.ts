import { concatBytes, copyBytes, equalBytes } from './bytes.js';
import { requireInteger } from './integers.js';
import { TlogError } from './tlog-error.js';
import { HASH_BYTES, leafHash, nodeHash, requireHash } from './tree-hash.js';
import { foldRoot } from './tree-shape.js';

/** The size and root of a tree. */
export interface TreeHead {
  /** Number of leaves. */
  readonly size: number;
  /** Root hash, 32 bytes. */
  readonly root: Uint8Array;
}

/**
 * All that is needed of a tree to append to it: the hashes of the complete subtrees of RFC 9162 §2.1.1, one
 * per bit set in the size, at most 53 × 32 bytes. Whoever keeps it and follows every leaf needs no
 * consistency proof: if the new leaves lead to the new root, the new tree extends the old one.
 */
export class CompactRange {
  private constructor(
    private leaves: number,
    private readonly hashes: Uint8Array[],
  ) {}

  /** The tree without leaves. */
  static empty(): CompactRange {
    return new CompactRange(0, []);
  }

  /**
   * The tree of `size` leaves with the frontier that `frontier()` wrote: 32 bytes per bit set in `size`,
   * highest first.
   * @param root the root it must have, when known
   * @throws TlogError `out_of_range` (size), `malformed` (length of frontier), `root_mismatch`
   */
  static restore(size: number, frontier: Uint8Array, root?: Uint8Array): CompactRange {
    if (frontier.length !== HASH_BYTES * bitsSet(requireInteger(size, 'size'))) {
      throw new TlogError('malformed', 'frontier: must be 32 bytes for each bit set in the size');
    }
    const hashes: Uint8Array[] = [];
    for (let at = 0; at < frontier.length; at += HASH_BYTES) {
      hashes.push(copyBytes(frontier, at, at + HASH_BYTES));
    }
    const range = new CompactRange(size, hashes);
    if (root !== undefined) range.requireRoot(root);
    return range;
  }

  /** Number of leaves. */
  get size(): number {
    return this.leaves;
  }

  /**
   * Adds one leaf by its leaf hash: RFC 9162 §2.1.1.
   * @throws TlogError `malformed` (length of hash), `out_of_range` (a tree of 2^53 leaves)
   */
  append(hash: Uint8Array): void {
    requireHash(hash, 'leaf hash');
    // Joined with its neighbour at once, or kept: then the caller may do with its bytes what it likes.
    this.push(this.leaves % 2 === 1 ? hash : copyBytes(hash));
  }

  /**
   * Adds one leaf by its data: RFC 9162 §2.1.1.
   * @throws TlogError `out_of_range` (a tree of 2^53 leaves)
   */
  appendLeaf(data: Uint8Array): void {
    this.push(leafHash(data));
  }

  /** Adds many leaves by their leaf hashes, in order. */
  appendAll(hashes: Iterable<Uint8Array>): void {
    for (const hash of hashes) this.append(hash);
  }

  /** The root, MTH of RFC 9162 §2.1.1. */
  root(): Uint8Array {
    return this.hashes.length === 1 ? copyBytes(this.hashes[0]!) : foldRoot(this.hashes);
  }

  /** Size and root. */
  head(): TreeHead {
    return { size: this.leaves, root: this.root() };
  }

  /** The hashes of the complete subtrees, largest first: with `size` all that `restore` needs. */
  frontier(): Uint8Array {
    return concatBytes(this.hashes);
  }

  /** A copy that can grow by itself. */
  clone(): CompactRange {
    return new CompactRange(this.leaves, [...this.hashes]);
  }

  /**
   * The range after the leaves that lead from here to `head`; this one stays as it is. It fails on a
   * rollback, a fork, a gap, and leaves that are missing, added or out of order.
   * @throws TlogError `out_of_range` when the leaves do not make `head.size`, `root_mismatch` when not its
   * root
   */
  extendTo(head: TreeHead, leafHashes: Iterable<Uint8Array>): CompactRange {
    const grown = this.clone();
    grown.appendAll(leafHashes);
    if (grown.leaves !== head.size) {
      throw new TlogError('out_of_range', 'leaves: stored size and new leaves do not add up to the new size');
    }
    grown.requireRoot(head.root);
    return grown;
  }

  private push(hash: Uint8Array): void {
    const size = requireInteger(this.leaves + 1, 'size');
    let top = hash;
    for (let n = this.leaves; n % 2 === 1; n = (n - 1) / 2) {
      top = nodeHash(this.hashes.pop()!, top);
    }
    this.hashes.push(top);
    this.leaves = size;
  }

  private requireRoot(root: Uint8Array): void {
    if (!equalBytes(this.root(), root)) {
      throw new TlogError('root_mismatch', 'root: the leaves do not hash to the expected root');
    }
  }
}

/** The root over leaf data: MTH of RFC 6962 §2.1 and RFC 9162 §2.1.1. */
export function merkleRoot(leaves: Iterable<Uint8Array>): Uint8Array {
  const range = CompactRange.empty();
  for (const leaf of leaves) range.appendLeaf(leaf);
  return range.root();
}

/**
 * The root over leaf hashes, each 32 bytes: MTH of RFC 6962 §2.1 and RFC 9162 §2.1.1.
 * @throws TlogError `malformed` when a hash is not 32 bytes
 */
export function rootOfLeafHashes(hashes: Iterable<Uint8Array>): Uint8Array {
  const range = CompactRange.empty();
  range.appendAll(hashes);
  return range.root();
}

function bitsSet(n: number): number {
  let count = 0;
  for (; n > 0; n = Math.floor(n / 2)) count += n % 2;
  return count;
}
