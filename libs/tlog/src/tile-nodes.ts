import { TILE_HEIGHT, TILE_WIDTH, tileWidth, type TileCoordinates } from './tile-coordinates.js';
import type { TreeNode } from './tree-shape.js';

/**
 * Where a complete subtree is found: its hash is the root over the 2^height hashes of `tile` from the
 * `first`-th on.
 */
export interface TilePlace {
  readonly tile: TileCoordinates;
  readonly first: number;
  readonly height: number;
}

/** The tile that holds a complete subtree of a tree of `size` leaves (c2sp.org/tlog-tiles, "Merkle Tree"). */
export function placeInTiles({ height, index }: TreeNode, size: number): TilePlace {
  const level = Math.floor(height / TILE_HEIGHT);
  const rest = height % TILE_HEIGHT;
  const position = index * 2 ** rest;
  const tileIndex = Math.floor(position / TILE_WIDTH);
  return {
    tile: { level, index: tileIndex, width: tileWidth(level, tileIndex, size) },
    first: position % TILE_WIDTH,
    height: rest,
  };
}
