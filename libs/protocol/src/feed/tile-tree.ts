import { compareAt } from './bytes.js';
import { emptySubtreeHash } from './empty-subtree.js';
import { nodeHash } from '#libs/tlog';

/** Leaves of a tile. */
export const TILE_WIDTH = 256;
/** Levels of nodes above the leaves of a tile. */
export const TILE_HEIGHT = 8;
/** Bytes of a hash. */
export const HASH_BYTES = 32;
/** Bytes of a stored tile: its leaves. */
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES;

/**
 * A perfect tree over the 256 hashes of one tile, all its nodes kept, so that a change costs only the nodes above
 * it. Never changes; {@link with} gives another.
 */
export class TileTree {
  /** Nodes in heap order: 1 is the root, 2i and 2i + 1 are below i, 256 to 511 are the leaves. */
  private constructor(private readonly nodes: Uint8Array) {}

  /** The tile whose leaves are all empty subtrees of height `leafLevel`. */
  static empty(leafLevel: number): TileTree {
    const nodes = new Uint8Array(2 * TILE_BYTES);
    for (let depth = 0; depth <= TILE_HEIGHT; depth++) {
      const hash = emptySubtreeHash(leafLevel + TILE_HEIGHT - depth);
      for (let node = 1 << depth; node < 2 << depth; node++) nodes.set(hash, node * HASH_BYTES);
    }
    return new TileTree(nodes);
  }

  /** The tile with these leaves: 256 hashes one after the other. */
  static ofLeaves(hashes: Uint8Array): TileTree {
    const nodes = new Uint8Array(2 * TILE_BYTES);
    nodes.set(hashes, TILE_BYTES);
    const tree = new TileTree(nodes);
    for (let node = TILE_WIDTH - 1; node >= 1; node--) tree.hashNode(node);
    return tree;
  }

  get root(): Uint8Array {
    return this.node(1).slice();
  }

  /** The 256 leaves one after the other. */
  get leaves(): Uint8Array {
    return this.nodes.slice(TILE_BYTES);
  }

  leaf(index: number): Uint8Array {
    return this.node(TILE_WIDTH + index).slice();
  }

  /** Whether leaf `index` is `hash`: {@link leaf} for one who only compares, without a copy. */
  isLeaf(index: number, hash: Uint8Array): boolean {
    const start = (TILE_WIDTH + index) * HASH_BYTES;
    return hash.length === HASH_BYTES && compareAt(this.nodes, start, hash, 0, HASH_BYTES) === 0;
  }

  /** Siblings on the way from leaf `index` to the root, the leaf's own first. */
  siblings(index: number): Uint8Array[] {
    const path: Uint8Array[] = [];
    for (let node = TILE_WIDTH + index; node > 1; node >>>= 1) path.push(this.node(node ^ 1).slice());
    return path;
  }

  /** This tile with other hashes at some leaves. */
  with(leaves: ReadonlyMap<number, Uint8Array>): TileTree {
    const tree = new TileTree(this.nodes.slice());
    const dirty = new Uint8Array(TILE_WIDTH);
    for (const [index, hash] of leaves) {
      tree.nodes.set(hash, (TILE_WIDTH + index) * HASH_BYTES);
      dirty[(TILE_WIDTH + index) >>> 1] = 1;
    }
    // Children have greater numbers than their parents.
    for (let node = TILE_WIDTH - 1; node >= 1; node--) {
      if (dirty[node] === 0) continue;
      tree.hashNode(node);
      dirty[node >>> 1] = 1;
    }
    return tree;
  }

  private hashNode(node: number): void {
    this.nodes.set(nodeHash(this.node(2 * node), this.node(2 * node + 1)), node * HASH_BYTES);
  }

  private node(node: number): Uint8Array {
    return this.nodes.subarray(node * HASH_BYTES, (node + 1) * HASH_BYTES);
  }
}
