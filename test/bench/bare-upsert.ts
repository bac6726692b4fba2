import { join } from 'node:path';
import { MIGRATIONS } from '#migrations';
import { type Database, migrate, openDatabase, type Tx, withClient } from '#libs/platform';
import type { BenchHub } from './bench-hub.js';

const ROWS = 5000;

/**
 * The baseline of intake: the same rows into the same tables and indexes (signal, entry, record), in statements of 5,000, on as
 * many connections as the hub has workers, on the same server with the same settings. No checks, no hashing, no log, no feed.
 *
 * @param name of the database to be made for it.
 * @returns entries per second.
 */
export async function bareUpsert(
  hub: BenchHub,
  name: string,
  keys: readonly Buffer[],
  connections: number,
): Promise<number> {
  await withClient(hub.databaseUrl('postgres'), {}, (client) => client.query(`CREATE DATABASE ${name}`));
  const rolesFile = join(hub.env['CAIRN_DATA_DIR']!, 'secrets', 'database-roles.json');
  const { workerUrl } = await migrate({
    adminUrl: hub.databaseUrl(name),
    migrations: MIGRATIONS,
    rolesFile,
  });
  const database = await openDatabase({ url: workerUrl, max: connections, applicationName: 'bare' });
  const chunks = Array.from({ length: Math.ceil(keys.length / ROWS) }, (_, i) =>
    keys.slice(i * ROWS, (i + 1) * ROWS),
  );
  await hub.checkpointDatabase();
  const start = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < chunks.length; i = next++) await upsert(database, chunks[i]!, i);
  };
  await Promise.all(Array.from({ length: connections }, work));
  const seconds = (performance.now() - start) / 1000;
  await database.close();
  return keys.length / seconds;
}

async function upsert(database: Database, keys: readonly Buffer[], index: number): Promise<void> {
  const packed = Buffer.concat([...keys].sort(Buffer.compare));
  await database.transaction('bare-upsert', 'system:bench', (tx) => upsertChunk(tx, packed, index));
}

async function upsertChunk(tx: Tx, packed: Buffer, index: number): Promise<void> {
  const wanted = `SELECT n, substring($1::bytea FROM 1 + n * 32 FOR 32) AS key FROM generate_series(0, length($1::bytea) / 32 - 1) n`;
  await tx.query(
    `INSERT INTO cairn.signal (type_code, key) SELECT DISTINCT 3::smallint, key FROM (${wanted}) w ORDER BY key ON CONFLICT DO NOTHING`,
    [packed],
  );
  await tx.query(
    `INSERT INTO cairn.entry (log_index, line, channel_id, signal_id, member_id, key_id, operation, verdict, code, named)
     SELECT $2, w.n, 1, s.id, 1, 1, 1, 0, 0, false FROM (${wanted}) w JOIN cairn.signal s ON s.type_code = 3 AND s.key = w.key`,
    [packed, index],
  );
  await tx.query(
    `INSERT INTO cairn.record (signal_id, channel_id, type_code, bucket, key, metadata)
     SELECT DISTINCT ON (s.id) s.id, 1, 3, get_byte(sha256(w.key), 0) * 256 + get_byte(sha256(w.key), 1), w.key, '\\x010100020100030101'::bytea
       FROM (${wanted}) w JOIN cairn.signal s ON s.type_code = 3 AND s.key = w.key ORDER BY s.id
     ON CONFLICT (signal_id, channel_id) DO UPDATE SET metadata = excluded.metadata`,
    [packed],
  );
}
