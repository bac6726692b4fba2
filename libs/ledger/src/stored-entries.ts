import type { Tx } from '#libs/platform';
import { bundlesBetween, decodeEntryBundle, encodeEntryBundle } from '#libs/tlog';
import type { LogRow } from './log-row.js';

/** Bundles read at a time: some megabytes. */
const BUNDLES_AT_ONCE = 32;

/**
 * The stored entry bundles of a log from leaf `from` (a multiple of 256) up to its size, one after another. What is missing or
 * too short there ends the bytes early.
 */
export async function* storedEntries(tx: Tx, log: LogRow, from: number): AsyncGenerator<Uint8Array> {
  if (from >= log.size) return;
  const bundles = [...bundlesBetween(from, log.size)];
  for (let at = 0; at < bundles.length; at += BUNDLES_AT_ONCE) {
    const wanted = bundles.slice(at, at + BUNDLES_AT_ONCE);
    const rows = await tx.query<{ n: number; width: number; data: Buffer }>(
      `SELECT n::float8 AS n, width, data FROM cairn.log_bundle WHERE log_id = $1 AND n BETWEEN $2 AND $3 ORDER BY n`,
      [log.id, wanted[0]!.index, wanted.at(-1)!.index],
    );
    for (const [i, { index, width }] of wanted.entries()) {
      const row = rows[i];
      if (row === undefined || row.n !== index) return;
      // The log may have grown since its size was read.
      yield row.width > width
        ? encodeEntryBundle(decodeEntryBundle(row.data, row.width).slice(0, width))
        : row.data;
    }
  }
}
