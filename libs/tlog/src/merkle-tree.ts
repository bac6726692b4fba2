import { concatBytes, copyBytes } from './bytes.js';
import { consistencyRanges, inclusionRanges, requireSubtree } from './proof-ranges.js';
import { TlogError } from './tlog-error.js';
import { HASH_BYTES, leafHash, parentHashes, requireHash } from './tree-hash.js';
import { rangeRoot, type LeafRange, type TreeNode } from './tree-shape.js';

/**
 * A whole RFC 9162 tree in memory, made once from its leaves: for proofs about a batch, and for any earlier
 * size of it. It keeps 64 bytes per leaf; making it costs one hash per leaf, a proof costs at most one per
 * level.
 */
export class MerkleTree {
  private constructor(
    /** Number of leaves. */
    readonly size: number,
    private readonly levels: readonly Uint8Array[],
  ) {}

  /** The tree over leaf data: RFC 9162 §2.1.1. */
  static ofLeaves(leaves: Iterable<Uint8Array>): MerkleTree {
    return MerkleTree.ofLeafHashes(Array.from(leaves, leafHash));
  }

  /**
   * The tree over leaf hashes: RFC 9162 §2.1.1.
   * @throws TlogError `malformed` when a hash is not 32 bytes
   */
  static ofLeafHashes(hashes: readonly Uint8Array[]): MerkleTree {
    hashes.forEach((hash) => requireHash(hash, 'leaf hash'));
    const levels = [concatBytes(hashes)];
    for (let last = levels[0]!; last.length > HASH_BYTES; levels.push(last)) last = parentHashes(last);
    return new MerkleTree(hashes.length, levels);
  }

  /** The root of the first `size` leaves (all of them when not given): MTH of RFC 9162 §2.1.1. */
  root(size = this.size): Uint8Array {
    return this.subtreeRoot({ start: 0, end: size });
  }

  /**
   * The proof that leaf `index` is in the tree of the first `size` leaves, leaf side first: RFC 9162
   * §2.1.3.1.
   * @throws TlogError `out_of_range`
   */
  inclusionProof(index: number, size = this.size): Uint8Array[] {
    return this.subtreeInclusionProof(index, { start: 0, end: size });
  }

  /**
   * The proof that the tree of the first `second` leaves extends that of the first `first`: RFC 9162
   * §2.1.4.1. It is empty when both are equal; from the empty tree there is nothing to prove, and `first` 0
   * is refused.
   * @throws TlogError `out_of_range`
   */
  consistencyProof(first: number, second = this.size): Uint8Array[] {
    if (first === 0) throw new TlogError('out_of_range', 'first size: every tree extends the empty one');
    return this.subtreeConsistencyProof({ start: 0, end: first }, second);
  }

  /** The root of a subtree: draft-ietf-plants-merkle-tree-certs §4.1. */
  subtreeRoot(range: LeafRange): Uint8Array {
    requireSubtree(this.inside(range));
    return rangeRoot(range, (node) => this.hashAt(node));
  }

  /** The proof that leaf `index` is in a subtree: draft-ietf-plants-merkle-tree-certs §4.3. */
  subtreeInclusionProof(index: number, range: LeafRange): Uint8Array[] {
    return this.roots(inclusionRanges(index, this.inside(range)));
  }

  /**
   * The proof that a subtree is part of the tree of the first `size` leaves:
   * draft-ietf-plants-merkle-tree-certs §4.4.
   */
  subtreeConsistencyProof(range: LeafRange, size: number): Uint8Array[] {
    this.inside({ start: 0, end: size });
    return this.roots(consistencyRanges(range, size));
  }

  private inside(range: LeafRange): LeafRange {
    if (range.end > this.size) throw new TlogError('out_of_range', 'size: the tree has fewer leaves');
    return range;
  }

  private roots(ranges: readonly LeafRange[]): Uint8Array[] {
    return ranges.map((range) => rangeRoot(range, (node) => this.hashAt(node)));
  }

  private hashAt({ height, index }: TreeNode): Uint8Array {
    return copyBytes(this.levels[height]!, index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }
}
