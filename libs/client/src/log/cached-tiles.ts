import type { TileReader } from '#libs/tlog';

/** Reads each tile once, for many proofs in one tree. */
export function cachedTiles(reader: TileReader): TileReader {
  const read = new Map<string, Promise<Uint8Array | undefined>>();
  return {
    readTile: (tile) => {
      const key = `${tile.level}/${tile.index}`;
      const known = read.get(key) ?? reader.readTile(tile);
      read.set(key, known);
      return known;
    },
  };
}
