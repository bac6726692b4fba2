import { requireBucket } from './bucket.js';
import { equalBytes } from './bytes.js';
import { PackError } from './pack-error.js';
import { HASH_BYTES, TILE_BYTES, TILE_HEIGHT, TILE_WIDTH, TileTree } from './tile-tree.js';

/** A stored tile: level 0 holds leaf hashes of buckets 256·index and on, level 1 (index 0) the roots of those tiles. */
export interface SetTile {
  level: 0 | 1;
  index: number;
  /** 256 hashes, 8,192 bytes. */
  hashes: Uint8Array;
}

/** A tile to be stored after an update; null: to be deleted, because nothing but empty buckets is left below it. */
export interface SetTileChange {
  level: 0 | 1;
  index: number;
  hashes: Uint8Array | null;
}

/** What an update gives: the tree after it, and the tiles in which it differs. */
export interface SetTreeUpdate {
  tree: SetTree;
  changed: SetTileChange[];
}

/** A tile, or its stored leaves until something needs the nodes above them; undefined where nothing is stored. */
type Slot = TileTree | Uint8Array | undefined;

const TOP_LEVEL = TILE_HEIGHT;
const EMPTY_TILE = TileTree.empty(0);
const EMPTY_TOP = TileTree.empty(TOP_LEVEL);

/**
 * The set tree of one type: RFC 9162 over 65,536 buckets, kept as 256 tiles of 256 leaf hashes and one tile above
 * them. Never changes; {@link update} gives another that shares what stayed the same, so a failed round leaves the
 * former one whole.
 *
 * A restored tree opens a tile on first use and then checks it against the tile above: only the tiles about to be
 * used need be restored, and a damaged or missing one is refused (`damaged-tile`).
 */
export class SetTree {
  private constructor(
    private readonly top: TileTree,
    private readonly slots: Slot[],
  ) {}

  static empty(): SetTree {
    return new SetTree(EMPTY_TOP, new Array<Slot>(TILE_WIDTH).fill(undefined));
  }

  /**
   * The tree with these stored tiles; tiles not given are empty. The hashes are not copied.
   *
   * @throws PackError `bad-tile` for a tile of another size or place, or given twice
   */
  static restore(tiles: Iterable<SetTile>): SetTree {
    const slots: Slot[] = new Array<Slot>(TILE_WIDTH).fill(undefined);
    let top: TileTree | undefined;
    for (const { level, index, hashes } of tiles) {
      requireTile(level, index, hashes);
      if ((level === 1 ? top : slots[index]) !== undefined)
        throw new PackError('bad-tile', 'set tree: a tile twice');
      if (level === 1) top = TileTree.ofLeaves(hashes);
      else slots[index] = hashes;
    }
    return new SetTree(top ?? EMPTY_TOP, slots);
  }

  /** The set root. */
  get root(): Uint8Array {
    return this.top.root;
  }

  /** Leaf hash of `bucket`. */
  leaf(bucket: number): Uint8Array {
    requireBucket(bucket);
    return this.open(tileOf(bucket)).leaf(bucket % TILE_WIDTH);
  }

  /** Whether `hash` is the leaf hash of `bucket`. */
  hasLeaf(bucket: number, hash: Uint8Array): boolean {
    requireBucket(bucket);
    return this.open(tileOf(bucket)).isLeaf(bucket % TILE_WIDTH, hash);
  }

  /**
   * The tree with other leaf hashes at some buckets.
   *
   * @throws PackError `bad-leaf` for a bucket or hash that is none, `damaged-tile`
   */
  update(leafHashes: ReadonlyMap<number, Uint8Array>): SetTreeUpdate {
    const slots = [...this.slots];
    const roots = new Map<number, Uint8Array>();
    const changed: SetTileChange[] = [];
    for (const [index, leaves] of byTile(leafHashes)) {
      const before = this.open(index);
      const after = before.with(leaves);
      if (equalBytes(after.root, before.root)) continue;
      slots[index] = after;
      roots.set(index, after.root);
      changed.push({ level: 0, index, hashes: storedLeaves(after, EMPTY_TILE) });
    }
    if (changed.length === 0) return { tree: this, changed };
    const top = this.top.with(roots);
    changed.push({ level: 1, index: 0, hashes: storedLeaves(top, EMPTY_TOP) });
    return { tree: new SetTree(top, slots), changed };
  }

  /** Inclusion proof (RFC 9162 §2.1.3) of leaf `bucket` in a tree of 65,536: 16 hashes, the leaf's sibling first. */
  proof(bucket: number): Uint8Array[] {
    requireBucket(bucket);
    const index = tileOf(bucket);
    return [...this.open(index).siblings(bucket % TILE_WIDTH), ...this.top.siblings(index)];
  }

  /** Every tile that is not empty, as it is stored. */
  tiles(): SetTile[] {
    const tiles: SetTile[] = [];
    for (let index = 0; index < TILE_WIDTH; index++) {
      const hashes = storedLeaves(this.open(index), EMPTY_TILE);
      if (hashes !== null) tiles.push({ level: 0, index, hashes });
    }
    const top = storedLeaves(this.top, EMPTY_TOP);
    return top === null ? tiles : [...tiles, { level: 1, index: 0, hashes: top }];
  }

  /** Indexes of the tiles of level 0 whose hashes do not lead to the tile above. */
  damagedTiles(): number[] {
    return Array.from({ length: TILE_WIDTH }, (_, index) => index).filter(
      (index) => this.load(index) === null,
    );
  }

  private open(index: number): TileTree {
    const tile = this.load(index);
    if (tile === null)
      throw new PackError('damaged-tile', `set tree: tile ${index} does not lead to the tile above`);
    return tile;
  }

  /** The tile, once checked kept as a tree; null when it does not lead to the tile above. */
  private load(index: number): TileTree | null {
    const slot = this.slots[index];
    if (slot instanceof TileTree) return slot;
    const tile = slot === undefined ? EMPTY_TILE : TileTree.ofLeaves(slot);
    if (!equalBytes(tile.root, this.top.leaf(index))) return null;
    this.slots[index] = tile;
    return tile;
  }
}

function requireTile(level: number, index: number, hashes: Uint8Array): void {
  const tilesOfLevel = level === 0 ? TILE_WIDTH : 1;
  if ((level !== 0 && level !== 1) || !Number.isInteger(index) || index < 0 || index >= tilesOfLevel) {
    throw new PackError('bad-tile', 'set tree: no such tile');
  }
  if (hashes.length !== TILE_BYTES)
    throw new PackError('bad-tile', 'set tree: a tile is not 8,192 bytes long');
}

function byTile(leafHashes: ReadonlyMap<number, Uint8Array>): Map<number, Map<number, Uint8Array>> {
  const groups = new Map<number, Map<number, Uint8Array>>();
  for (const [bucket, hash] of leafHashes) {
    requireBucket(bucket);
    if (hash.length !== HASH_BYTES)
      throw new PackError('bad-leaf', 'set tree: a leaf hash is not 32 bytes long');
    const group = groups.get(tileOf(bucket)) ?? new Map<number, Uint8Array>();
    groups.set(tileOf(bucket), group.set(bucket % TILE_WIDTH, hash));
  }
  return groups;
}

function tileOf(bucket: number): number {
  return Math.floor(bucket / TILE_WIDTH);
}

function storedLeaves(tile: TileTree, empty: TileTree): Uint8Array | null {
  return equalBytes(tile.root, empty.root) ? null : tile.leaves;
}
