import { requireInteger } from './integers.js';
import { TlogError } from './tlog-error.js';

/** Hashes in a full tile and entries in a full bundle (c2sp.org/tlog-tiles). */
export const TILE_WIDTH = 256;

/** Tree levels that one tile spans. */
export const TILE_HEIGHT = 8;

/** Which entry bundle: the `index`-th, with its first `width` entries (1 to 256; 256 is a full one). */
export interface BundleCoordinates {
  readonly index: number;
  readonly width: number;
}

/** Which tile: the `index`-th of its level, with its first `width` hashes (1 to 256; 256 is a full one). */
export interface TileCoordinates extends BundleCoordinates {
  /** 0 for leaf hashes; a hash of level L is the root of a full tile of level L - 1. */
  readonly level: number;
}

/** How many hashes a level has in a tree of `size` leaves: floor(size / 256^level), c2sp.org/tlog-tiles. */
export function hashesAtLevel(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/**
 * How many hashes tile `index` of `level` holds in a tree of `size` leaves, 0 when there is no such tile:
 * c2sp.org/tlog-tiles. The bundle of the same index holds as many entries as the tile of level 0.
 */
export function tileWidth(level: number, index: number, size: number): number {
  const left = hashesAtLevel(level, requireInteger(size, 'size')) - index * TILE_WIDTH;
  return Math.max(0, Math.min(TILE_WIDTH, left));
}

/**
 * Every tile of a tree of `size` leaves, level 0 first, the partial ones at the right edge:
 * c2sp.org/tlog-tiles.
 */
export function tilesOf(size: number): Generator<TileCoordinates> {
  return tilesBetween(0, size);
}

/**
 * The tiles that a log of `newSize` leaves has and the same log of `oldSize` leaves had not, or had with
 * fewer hashes: c2sp.org/tlog-tiles. A generator, since a large tree has millions.
 * @throws TlogError `out_of_range`
 */
export function* tilesBetween(oldSize: number, newSize: number): Generator<TileCoordinates> {
  requireGrowth(oldSize, newSize);
  for (let level = 0; hashesAtLevel(level, newSize) > 0; level++) {
    for (const bundle of widthsBetween(hashesAtLevel(level, oldSize), hashesAtLevel(level, newSize))) {
      yield { level, ...bundle };
    }
  }
}

/** Every entry bundle of a log of `size` leaves: c2sp.org/tlog-tiles. */
export function bundlesOf(size: number): Generator<BundleCoordinates> {
  return bundlesBetween(0, size);
}

/**
 * The entry bundles that a log of `newSize` leaves has and the same log of `oldSize` leaves had not, or had
 * with fewer entries: c2sp.org/tlog-tiles.
 * @throws TlogError `out_of_range`
 */
export function* bundlesBetween(oldSize: number, newSize: number): Generator<BundleCoordinates> {
  requireGrowth(oldSize, newSize);
  yield* widthsBetween(oldSize, newSize);
}

/** `width` if a tile can have it: an empty one is never served. */
export function requireWidth(width: number): number {
  if (requireInteger(width, 'tile width') < 1 || width > TILE_WIDTH) {
    throw new TlogError('out_of_range', 'tile width: must be from 1 to 256');
  }
  return width;
}

function requireGrowth(oldSize: number, newSize: number): void {
  if (requireInteger(oldSize, 'old size') > requireInteger(newSize, 'new size')) {
    throw new TlogError('out_of_range', 'new size: must not be below the old size');
  }
}

function* widthsBetween(oldCount: number, newCount: number): Generator<BundleCoordinates> {
  if (oldCount === newCount) return;
  for (let index = Math.floor(oldCount / TILE_WIDTH); index * TILE_WIDTH < newCount; index++) {
    yield { index, width: Math.min(TILE_WIDTH, newCount - index * TILE_WIDTH) };
  }
}
