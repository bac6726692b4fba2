import type { Tx } from '#libs/platform';
import type { Entry } from '#libs/protocol';

/**
 * Row ids of signals in the order of the entries, as PostgreSQL writes a `bigint[]`. They only pass through, so nothing here takes
 * them apart.
 */
export type SignalIds = string;

/** Type code and key length before each packed key. */
const HEADER_BYTES = 2;

/**
 * Keys go as one packed bytea: about 1.3 times the rate of an array. $1: rows of $2 bytes each: type code, key length, key, padding.
 */
const WANTED = `
  packed AS MATERIALIZED (SELECT $1::bytea AS rows),
  wanted AS MATERIALIZED (
    SELECT n, get_byte(rows, n * $2::integer)::smallint AS type_code,
           substring(rows FROM n * $2::integer + 3 FOR get_byte(rows, n * $2::integer + 1)) AS key
      FROM packed, generate_series(0, length(rows) / $2::integer - 1) AS n)`;

/** Inserts in the order of keys, so that no two transactions wait for each other crosswise. */
const INTERN = `
  WITH ${WANTED}, added AS (
    INSERT INTO cairn.signal (type_code, key) SELECT DISTINCT type_code, key FROM wanted ORDER BY type_code, key
    ON CONFLICT (type_code, key) DO NOTHING
    RETURNING id, type_code, key)
  SELECT array_agg(coalesce(a.id, s.id) ORDER BY w.n)::text AS ids, count(coalesce(a.id, s.id))::integer AS found
    FROM wanted w
    LEFT JOIN added a ON a.type_code = w.type_code AND a.key = w.key
    LEFT JOIN LATERAL (
      SELECT id FROM cairn.signal WHERE a.id IS NULL AND type_code = w.type_code AND key = w.key OFFSET 0) s ON true`;

const FIND = `
  WITH ${WANTED}
  SELECT array_agg(s.id ORDER BY w.n)::text AS ids, count(*)::integer AS found
    FROM wanted w CROSS JOIN LATERAL (
      SELECT id FROM cairn.signal WHERE type_code = w.type_code AND key = w.key OFFSET 0) s`;

/**
 * Gives every signal its row, once. A signal's row says nothing about any channel, so it does no harm when the submission that
 * brought it comes to nothing.
 */
export async function internSignals(tx: Tx, entries: readonly Entry[]): Promise<SignalIds> {
  const parameters = packKeys(entries);
  const [row] = await tx.query<{ ids: SignalIds; found: number }>(INTERN, parameters);
  if (row!.found === entries.length) return row!.ids;
  // Only a statement of its own, with a new snapshot, sees rows that another transaction inserted meanwhile.
  const [again] = await tx.query<{ ids: SignalIds; found: number }>(FIND, parameters);
  // Ids stand for their lines by position alone: one too few would give every later line another signal.
  if (again!.found !== entries.length) throw new Error('interning gave no row to some signals');
  return again!.ids;
}

function packKeys(entries: readonly Entry[]): [rows: Buffer, stride: number] {
  const longest = entries.reduce((most, { key }) => Math.max(most, key.length), 0);
  const stride = HEADER_BYTES + longest;
  const rows = Buffer.alloc(entries.length * stride);
  entries.forEach(({ type, key }, n) => {
    rows[n * stride] = type.code;
    rows[n * stride + 1] = key.length;
    rows.set(key, n * stride + HEADER_BYTES);
  });
  return [rows, stride];
}
