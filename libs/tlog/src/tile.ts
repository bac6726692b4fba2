import { concatBytes, copyBytes } from './bytes.js';
import { requireWidth, TILE_HEIGHT, type TileCoordinates } from './tile-coordinates.js';
import { TlogError } from './tlog-error.js';
import { HASH_BYTES, parentHashes, requireHash } from './tree-hash.js';

/** A tile with its content. */
export interface Tile extends TileCoordinates {
  /** `width` hashes of 32 bytes, one after the other. */
  readonly hashes: Uint8Array;
}

/**
 * The bytes of a tile: its hashes one after the other (c2sp.org/tlog-tiles, "Merkle Tree").
 * @throws TlogError `out_of_range` for no hash or more than 256, `malformed` for one that is not 32 bytes
 */
export function encodeTile(hashes: readonly Uint8Array[]): Uint8Array {
  requireWidth(hashes.length);
  return concatBytes(hashes.map((hash) => requireHash(hash, 'tile hash')));
}

/**
 * The hashes of a tile, as copies (c2sp.org/tlog-tiles, "Merkle Tree").
 * @param width how many there must be: 1 to 256, as the path says
 * @throws TlogError `malformed` when the length is another
 */
export function decodeTile(bytes: Uint8Array, width: number): Uint8Array[] {
  if (bytes.length !== requireWidth(width) * HASH_BYTES) {
    throw new TlogError('malformed', 'tile: must be 32 bytes for each hash of its width');
  }
  return Array.from({ length: width }, (_, i) => copyBytes(bytes, i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

/** The root over the 2^height hashes of a tile from the `first`-th on. */
export function hashInTile(hashes: Uint8Array, first: number, height: number): Uint8Array {
  let level = copyBytes(hashes, first * HASH_BYTES, (first + 2 ** height) * HASH_BYTES);
  for (let i = 0; i < height; i++) level = parentHashes(level);
  return level;
}

/** The root over a full tile: a hash of the level above (c2sp.org/tlog-tiles, "Merkle Tree"). */
export function fullTileRoot(hashes: Uint8Array): Uint8Array {
  return hashInTile(hashes, 0, TILE_HEIGHT);
}
