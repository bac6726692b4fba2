import { concatBytes } from './bytes.js';
import { CompactRange } from './compact-range.js';
import { requireInteger } from './integers.js';
import { consistencyRanges, inclusionRanges } from './proof-ranges.js';
import { TILE_WIDTH, type TileCoordinates } from './tile-coordinates.js';
import { placeInTiles } from './tile-nodes.js';
import { hashInTile } from './tile.js';
import { TlogError } from './tlog-error.js';
import { HASH_BYTES } from './tree-hash.js';
import { completeSubtrees, foldRoot, type LeafRange, type TreeNode } from './tree-shape.js';

/** Where tiles come from: a database, a directory, HTTP. */
export interface TileReader {
  /**
   * The hashes of a tile, or undefined when there is none. Each tile is asked for once per proof, several at
   * a time. A wider tile of the same level and index may be given, such as the full one after the partial one
   * was deleted.
   */
  readTile(tile: TileCoordinates): Promise<Uint8Array | undefined>;
}

/**
 * The proof that leaf `index` is in the tree of `size` leaves, made from the tiles it needs and no others:
 * RFC 9162 §2.1.3.1 over c2sp.org/tlog-tiles. The tiles are believed; `verifyInclusion` tells whether they
 * were right.
 * @throws TlogError `out_of_range`, `missing_tile`, `malformed` when a tile has the wrong length
 */
export async function readInclusionProof(
  reader: TileReader,
  index: number,
  size: number,
): Promise<Uint8Array[]> {
  return readRoots(reader, inclusionRanges(index, { start: 0, end: size }), size);
}

/**
 * The proof that the tree of `second` leaves extends that of `first`, made from the tiles it needs and no
 * others: RFC 9162 §2.1.4.1 over c2sp.org/tlog-tiles. The tiles are believed; `verifyConsistency` tells
 * whether they were right.
 * @throws TlogError `out_of_range` (also for `first` 0), `missing_tile`, `malformed` when a tile has the
 * wrong length
 */
export async function readConsistencyProof(
  reader: TileReader,
  first: number,
  second: number,
): Promise<Uint8Array[]> {
  if (first === 0) throw new TlogError('out_of_range', 'first size: every tree extends the empty one');
  return readRoots(reader, consistencyRanges({ start: 0, end: first }, second), second);
}

/**
 * The compact range of the tree of `size` leaves, from its right-edge tiles: c2sp.org/tlog-tiles. The tiles
 * are believed: compare its root with that of a verified checkpoint.
 * @throws TlogError `out_of_range`, `missing_tile`, `malformed` when a tile has the wrong length
 */
export async function readCompactRange(reader: TileReader, size: number): Promise<CompactRange> {
  const nodes = completeSubtrees({ start: 0, end: requireInteger(size, 'size') });
  const hashOf = await readTiles(reader, nodes, size);
  return CompactRange.restore(size, concatBytes(nodes.map(hashOf)));
}

async function readRoots(
  reader: TileReader,
  ranges: readonly LeafRange[],
  size: number,
): Promise<Uint8Array[]> {
  const nodes = ranges.map(completeSubtrees);
  const hashOf = await readTiles(reader, nodes.flat(), size);
  return nodes.map((subtrees) => foldRoot(subtrees.map(hashOf)));
}

async function readTiles(
  reader: TileReader,
  nodes: readonly TreeNode[],
  size: number,
): Promise<(node: TreeNode) => Uint8Array> {
  const wanted = new Map(
    nodes.map((node) => placeInTiles(node, size).tile).map((tile) => [keyOf(tile), tile]),
  );
  const read = await Promise.all(
    Array.from(wanted, async ([key, tile]) => [key, await readChecked(reader, tile)] as const),
  );
  const hashesOf = new Map(read);
  return (node) => {
    const { tile, first, height } = placeInTiles(node, size);
    return hashInTile(hashesOf.get(keyOf(tile))!, first, height);
  };
}

function keyOf(tile: TileCoordinates): string {
  return `${tile.level}/${tile.index}`;
}

async function readChecked(reader: TileReader, tile: TileCoordinates): Promise<Uint8Array> {
  const hashes = await reader.readTile(tile);
  if (hashes === undefined) throw new TlogError('missing_tile', `tile of level ${tile.level}: not found`);
  const given = hashes.length / HASH_BYTES;
  if (!Number.isInteger(given) || given < tile.width || given > TILE_WIDTH) {
    throw new TlogError(
      'malformed',
      `tile of level ${tile.level}: must be 32 bytes for each hash of its width`,
    );
  }
  return hashes;
}
