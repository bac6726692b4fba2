import type { Tx } from '#libs/platform';
import type { Entry, SignalType } from '#libs/protocol';

/**
 * Gives every signal its row, once, and returns the row ids in the order of the entries. A signal's row says nothing about any
 * channel, so it does no harm when the submission that brought it comes to nothing.
 */
export async function internSignals(tx: Tx, entries: readonly Entry[]): Promise<string[]> {
  const ids = new Array<string>(entries.length);
  for (const [type, places] of placesByType(entries)) {
    const keys = Buffer.concat(places.map((place) => entries[place]!.key));
    const found = await internKeys(tx, type, keys);
    places.forEach((place, i) => (ids[place] = found[i]!));
  }
  return ids;
}

/** Positions of the entries of each type, types in order of code so that no two transactions lock crosswise. */
function placesByType(entries: readonly Entry[]): [SignalType, number[]][] {
  const places = new Map<SignalType, number[]>();
  entries.forEach(({ type }, place) => {
    const known = places.get(type);
    if (known === undefined) places.set(type, [place]);
    else known.push(place);
  });
  return [...places].sort(([a], [b]) => a.code - b.code);
}

/**
 * Keys go as one packed bytea: about 1.3 times the rate of an array. The insert is sorted by key against deadlocks; the select
 * is a statement of its own because only a new snapshot sees rows that another transaction inserted meanwhile.
 */
async function internKeys(tx: Tx, type: SignalType, keys: Buffer): Promise<string[]> {
  const parameters = [type.code, keys, type.keyLength];
  await tx.query(
    `WITH packed AS MATERIALIZED (SELECT $2::bytea AS keys)
     INSERT INTO cairn.signal (type_code, key)
     SELECT DISTINCT $1::smallint, substring(keys FROM 1 + n * $3::integer FOR $3::integer) AS key
       FROM packed, generate_series(0, length(keys) / $3::integer - 1) AS n
      ORDER BY key
     ON CONFLICT (type_code, key) DO NOTHING`,
    parameters,
  );
  const [row] = await tx.query<{ ids: string[] }>(
    `WITH packed AS MATERIALIZED (SELECT $2::bytea AS keys), wanted AS (
       SELECT n, substring(keys FROM 1 + n * $3::integer FOR $3::integer) AS key
         FROM packed, generate_series(0, length(keys) / $3::integer - 1) AS n)
     SELECT array_agg(s.id::text ORDER BY w.n) AS ids
       FROM wanted w JOIN cairn.signal s ON s.type_code = $1::smallint AND s.key = w.key`,
    parameters,
  );
  return row!.ids;
}
