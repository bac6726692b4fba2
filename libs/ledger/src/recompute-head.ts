import type { Tx } from '#libs/platform';
import {
  appendToTiles,
  bundlesBetween,
  compactRangeOf,
  decodeEntryBundle,
  edgeOf,
  equalBytes,
  leafHash,
  TILE_WIDTH,
  TlogError,
  type Tile,
  type TiledTree,
} from '#libs/tlog';
import type { LogRow } from './log-row.js';

/** The head of the latest checkpoint. */
export interface PublishedTree {
  size: number;
  root: Uint8Array;
}

type Recomputed = { ok: true } | { ok: false; detail: string };

/** Bundles read at a time: bounds memory to 25,600 entries, some tens of megabytes. */
const BUNDLES_AT_ONCE = 100;

/**
 * The second path to a root: from the entry bytes in the bundles, on top of the tree that was signed last. Every tile that the
 * new leaves touch must be, byte for byte, what those entries give. One flipped bit, once signed, would end the log: it is caught
 * here, and by the signer, who reads the entries alone.
 */
export async function recomputeHead(tx: Tx, log: LogRow, signed: PublishedTree): Promise<Recomputed> {
  try {
    let tree = await signedTree(tx, log, signed);
    while (tree.size < log.size) {
      const upTo = Math.min(log.size, (Math.floor(tree.size / TILE_WIDTH) + BUNDLES_AT_ONCE) * TILE_WIDTH);
      tree = await extend(tx, log, tree, upTo);
    }
    return equalBytes(compactRangeOf(tree).root(), log.root)
      ? { ok: true }
      : { ok: false, detail: 'the entries do not lead to the stored root' };
  } catch (error) {
    if (error instanceof Damage || error instanceof TlogError) return { ok: false, detail: error.message };
    throw error;
  }
}

/** The stored edge as it was at the signed size; it must lead to the signed root. */
async function signedTree(tx: Tx, log: LogRow, signed: PublishedTree): Promise<TiledTree> {
  const edge: Tile[] = [];
  for (const { level, index, width } of edgeOf(signed.size)) {
    const [stored] = await readTiles(tx, log.id, [{ level, index }]);
    if (stored === undefined || stored.hashes.length < 32 * width)
      throw new Damage(`tile ${level}/${index} is missing`);
    edge.push({ level, index, width, hashes: stored.hashes.subarray(0, 32 * width) });
  }
  const tree = { size: signed.size, edge };
  if (!equalBytes(compactRangeOf(tree).root(), signed.root)) {
    throw new Damage('the stored tiles do not lead to the root that was signed last');
  }
  return tree;
}

async function extend(tx: Tx, log: LogRow, tree: TiledTree, upTo: number): Promise<TiledTree> {
  const known = tree.edge.find((tile) => tile.level === 0);
  const hashes = await readLeafHashes(tx, log.id, tree.size, upTo);
  const before = tree.size % TILE_WIDTH;
  hashes.slice(0, before).forEach((hash, i) => {
    if (!equalBytes(hash, known!.hashes.subarray(32 * i, 32 * (i + 1)))) {
      throw new Damage('an entry that was signed before has changed');
    }
  });
  const grown = appendToTiles(tree, hashes.slice(before));
  await compareTiles(tx, log, grown.tiles);
  return grown;
}

/** Leaf hashes of all entries in the bundles that hold leaves from `from` to `upTo`, recomputed from entry bytes. */
async function readLeafHashes(tx: Tx, logId: number, from: number, upTo: number): Promise<Uint8Array[]> {
  const bundles = [...bundlesBetween(from, upTo)];
  const rows = await tx.query<{ n: number; width: number; data: Buffer }>(
    `SELECT n::float8 AS n, width, data FROM cairn.log_bundle WHERE log_id = $1 AND n BETWEEN $2 AND $3 ORDER BY n`,
    [logId, bundles[0]!.index, bundles.at(-1)!.index],
  );
  if (rows.length !== bundles.length) throw new Damage('an entry bundle is missing');
  return rows.flatMap(({ n, width, data }, i) => {
    const wanted = bundles[i]!;
    if (n !== wanted.index || width < wanted.width) throw new Damage(`entry bundle ${n} is too short`);
    return decodeEntryBundle(data, width).slice(0, wanted.width).map(leafHash);
  });
}

async function compareTiles(tx: Tx, log: LogRow, tiles: readonly Tile[]): Promise<void> {
  const stored = await readTiles(tx, log.id, tiles);
  const byPlace = new Map(stored.map((tile) => [`${tile.level}/${tile.index}`, tile.hashes]));
  for (const { level, index, hashes } of tiles) {
    const found = byPlace.get(`${level}/${index}`)?.subarray(0, hashes.length);
    if (found === undefined || !equalBytes(found, hashes)) {
      throw new Damage(`tile ${level}/${index} is not what the entries give`);
    }
  }
}

async function readTiles(
  tx: Tx,
  logId: number,
  places: readonly { level: number; index: number }[],
): Promise<{ level: number; index: number; hashes: Buffer }[]> {
  return tx.query(
    `SELECT level, n::float8 AS index, hashes FROM cairn.log_tile
      WHERE log_id = $1 AND (level, n) IN (SELECT * FROM unnest($2::smallint[], $3::bigint[]))`,
    [logId, places.map((place) => place.level), places.map((place) => place.index)],
  );
}

/** Stored bytes that cannot be what was logged. */
class Damage extends Error {}
