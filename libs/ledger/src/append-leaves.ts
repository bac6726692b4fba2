import type { Tx } from '#libs/platform';
import {
  appendToTiles,
  compactRangeOf,
  edgeOf,
  encodeEntryBundle,
  equalBytes,
  leafHash,
  TILE_WIDTH,
  type Tile,
  type TiledTree,
} from '#libs/tlog';
import { LOG_COLUMNS, type LogRow } from './log-row.js';

/**
 * Creates a log without leaves; its head is the root of the empty tree.
 *
 * @returns the id of the log, which may have existed already.
 */
export async function createLog(tx: Tx, origin: string, feed: string | null): Promise<number> {
  await tx.query(
    `INSERT INTO cairn.log (origin, feed, root) VALUES ($1, $2, sha256(''::bytea)) ON CONFLICT (origin) DO NOTHING`,
    [origin, feed],
  );
  const [row] = await tx.query<{ id: number }>('SELECT id FROM cairn.log WHERE origin = $1', [origin]);
  return row!.id;
}

/**
 * Locks a log until the end of the transaction. Whoever appends holds this lock: it is what makes two sequencers
 * beside each other harmless.
 */
export async function lockLog(tx: Tx, origin: string): Promise<LogRow> {
  const [log] = await tx.query<LogRow>(
    `SELECT ${LOG_COLUMNS} FROM cairn.log WHERE origin = $1 FOR NO KEY UPDATE`,
    [origin],
  );
  if (log === undefined) throw new Error(`log ${origin} does not exist: the hub has not been prepared`);
  return log;
}

/**
 * Appends leaves to a locked log: bundles, tiles and head, in the caller's transaction. Throws when the stored tiles do not lead
 * to the stored root: whatever was built on them would be wrong too, and one flipped byte would no longer be all there is to repair.
 *
 * @param time leaf time of the last leaf, Unix milliseconds.
 * @returns the log after the leaves.
 */
export async function appendLeaves(
  tx: Tx,
  log: LogRow,
  leaves: readonly Uint8Array[],
  time: number,
): Promise<LogRow> {
  if (leaves.length === 0) return log;
  const tree = { size: log.size, edge: await readEdge(tx, log.id, log.size) };
  requireRoot(tree, log);
  const grown = appendToTiles(tree, leaves.map(leafHash));
  await writeTiles(tx, log.id, grown.tiles);
  await writeBundles(tx, log, leaves);
  const [after] = await tx.query<LogRow>(
    `UPDATE cairn.log SET size = $3, root = $4, last_time = greatest(last_time, $5)
      WHERE id = $1 AND size = $2 RETURNING ${LOG_COLUMNS}`,
    [log.id, log.size, grown.size, grown.root, time],
  );
  if (after === undefined) throw new Error(`log ${log.origin} has another size than the one that was locked`);
  return after;
}

async function readEdge(tx: Tx, logId: number, size: number): Promise<Tile[]> {
  const wanted = edgeOf(size);
  const rows = await tx.query<{ level: number; n: number; hashes: Buffer }>(
    `SELECT level, n::float8 AS n, hashes FROM cairn.log_tile
      WHERE log_id = $1 AND (level, n) IN (SELECT * FROM unnest($2::smallint[], $3::bigint[]))`,
    [logId, wanted.map((tile) => tile.level), wanted.map((tile) => tile.index)],
  );
  return rows.map(({ level, n, hashes }) => ({ level, index: n, width: hashes.length / 32, hashes }));
}

function requireRoot(tree: TiledTree, { origin, root }: LogRow): void {
  if (equalBytes(compactRangeOf(tree).root(), root)) return;
  throw new Error(`log ${origin}: the stored tiles do not lead to the stored root: see docs/operations.md`);
}

async function writeTiles(tx: Tx, logId: number, tiles: readonly Tile[]): Promise<void> {
  await tx.query(
    `INSERT INTO cairn.log_tile (log_id, level, n, width, hashes)
      SELECT $1, * FROM unnest($2::smallint[], $3::bigint[], $4::smallint[], $5::bytea[])
      ON CONFLICT (log_id, level, n) DO UPDATE SET width = excluded.width, hashes = excluded.hashes`,
    [
      logId,
      tiles.map((tile) => tile.level),
      tiles.map((tile) => tile.index),
      tiles.map((tile) => tile.width),
      tiles.map((tile) => Buffer.from(tile.hashes)),
    ],
  );
}

/** Only the last bundle of a log is ever written again, and only by appending to its bytes. */
async function writeBundles(tx: Tx, log: LogRow, leaves: readonly Uint8Array[]): Promise<void> {
  const first = Math.floor(log.size / TILE_WIDTH);
  const bundles: { n: number; width: number; data: Buffer }[] = [];
  for (let at = 0; at < leaves.length;) {
    const room = TILE_WIDTH - ((log.size + at) % TILE_WIDTH);
    const part = leaves.slice(at, at + room);
    bundles.push({
      n: first + bundles.length,
      width: part.length,
      data: Buffer.from(encodeEntryBundle(part)),
    });
    at += part.length;
  }
  await tx.query(
    `INSERT INTO cairn.log_bundle AS b (log_id, n, width, data)
      SELECT $1, * FROM unnest($2::bigint[], $3::smallint[], $4::bytea[])
      ON CONFLICT (log_id, n) DO UPDATE SET width = b.width + excluded.width, data = b.data || excluded.data`,
    [log.id, bundles.map((b) => b.n), bundles.map((b) => b.width), bundles.map((b) => b.data)],
  );
}
