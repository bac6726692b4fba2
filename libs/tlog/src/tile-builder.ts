import { concatBytes, copyBytes } from './bytes.js';
import { CompactRange } from './compact-range.js';
import { requireInteger } from './integers.js';
import { TILE_WIDTH, hashesAtLevel, type TileCoordinates } from './tile-coordinates.js';
import { placeInTiles } from './tile-nodes.js';
import { fullTileRoot, hashInTile, type Tile } from './tile.js';
import { TlogError } from './tlog-error.js';
import { HASH_BYTES, requireHash } from './tree-hash.js';
import { completeSubtrees } from './tree-shape.js';

/** What a log keeps at hand to append to its tiles. */
export interface TiledTree {
  /** Number of leaves. */
  readonly size: number;
  /** The partial tile of each level that has one, in any order: `edgeOf` names them. */
  readonly edge: readonly Tile[];
}

/** A tree after new leaves. */
export interface GrownTree extends TiledTree {
  /** The root of the grown tree. */
  readonly root: Uint8Array;
  /** The tiles to write: every new one, and every partial one that got wider or full, level 0 first. */
  readonly tiles: readonly Tile[];
}

/** The partial tiles of a tree of `size` leaves, level 0 first: c2sp.org/tlog-tiles, "Partial Tiles". */
export function edgeOf(size: number): TileCoordinates[] {
  requireInteger(size, 'size');
  const edge: TileCoordinates[] = [];
  for (let level = 0; hashesAtLevel(level, size) > 0; level++) {
    const width = hashesAtLevel(level, size) % TILE_WIDTH;
    if (width > 0) edge.push({ level, index: Math.floor(hashesAtLevel(level, size) / TILE_WIDTH), width });
  }
  return edge;
}

/**
 * Appends leaves to a tree stored as tiles, without looking at any tile but those at its right edge
 * (c2sp.org/tlog-tiles, "Merkle Tree"). Neither `tree` nor its tiles are changed.
 *
 * The old edge is believed: a caller who stores the root too should compare it with that of
 * `compactRangeOf(tree)`.
 * @throws TlogError `malformed` when the edge is not that of a tree of that size, or a leaf hash is not 32
 * bytes; `out_of_range` when the new size is over 2^53 - 1
 */
export function appendToTiles(tree: TiledTree, leafHashes: readonly Uint8Array[]): GrownTree {
  const old = checkedEdge(tree);
  const size = requireInteger(tree.size + leafHashes.length, 'size');
  const tiles: Tile[] = [];
  let added = concatBytes(leafHashes.map((hash) => requireHash(hash, 'leaf hash')));
  for (let level = 0; added.length > 0; level++) {
    const first = Math.floor(hashesAtLevel(level, tree.size) / TILE_WIDTH);
    const grown = cutTiles(level, first, concatBytes([old.get(level)?.hashes ?? new Uint8Array(), added]));
    tiles.push(...grown);
    added = concatBytes(grown.filter(isFull).map((tile) => fullTileRoot(tile.hashes)));
  }
  const written = new Map(tiles.map((tile) => [tile.level, tile]));
  const edge = edgeOf(size).map(({ level }) => (written.get(level) ?? old.get(level))!);
  return { size, root: compactRangeOf({ size, edge }).root(), edge, tiles };
}

function isFull(tile: Tile): boolean {
  return tile.width === TILE_WIDTH;
}

function cutTiles(level: number, firstIndex: number, hashes: Uint8Array): Tile[] {
  const tiles: Tile[] = [];
  for (let at = 0; at < hashes.length; at += TILE_WIDTH * HASH_BYTES) {
    const end = Math.min(hashes.length, at + TILE_WIDTH * HASH_BYTES);
    const index = firstIndex + tiles.length;
    tiles.push({ level, index, width: (end - at) / HASH_BYTES, hashes: copyBytes(hashes, at, end) });
  }
  return tiles;
}

/**
 * The compact range, and so the root, of a tree stored as tiles: the partial tiles hold all of it.
 * @throws TlogError `malformed` when the edge is not that of a tree of that size
 */
export function compactRangeOf(tree: TiledTree): CompactRange {
  const edge = checkedEdge(tree);
  const hashes = completeSubtrees({ start: 0, end: tree.size }).map((node) => {
    const { tile, first, height } = placeInTiles(node, tree.size);
    return hashInTile(edge.get(tile.level)!.hashes, first, height);
  });
  return CompactRange.restore(tree.size, concatBytes(hashes));
}

function checkedEdge({ size, edge }: TiledTree): Map<number, Tile> {
  const byLevel = new Map(edge.map((tile) => [tile.level, tile]));
  const wanted = edgeOf(size);
  const asWanted = wanted.every(({ level, index, width }) => {
    const tile = byLevel.get(level);
    return tile?.index === index && tile.width === width && tile.hashes.length === width * HASH_BYTES;
  });
  if (!asWanted || edge.length !== wanted.length) {
    throw new TlogError('malformed', 'edge: must be the partial tiles of a tree of that size, each once');
  }
  return byLevel;
}
