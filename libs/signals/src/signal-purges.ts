import type { Tx } from '#libs/platform';

/** Key of the advisory lock under which rows of `cairn.signal` are deleted. */
const PURGE_LOCK = 7_241_903_551;

/** How often signals were deleted so far. Whoever finds ids of signals reads it first, and holds it when it stores them. */
export async function countSignalPurges(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ purges: number }>('SELECT purges::float8 AS purges FROM cairn.signal_purge');
  return row!.purges;
}

/**
 * Keeps signals from being deleted until the end of the transaction.
 *
 * @returns whether none was since `purges` was counted: otherwise ids that were found then may name nothing
 */
export async function holdSignals(tx: Tx, purges: number): Promise<boolean> {
  await tx.query('SELECT pg_advisory_xact_lock_shared($1)', [PURGE_LOCK]);
  return (await countSignalPurges(tx)) === purges;
}

/**
 * Deletes those signals among the given ones that nothing names any more, neither an entry nor a decision that has no place in the log yet. Waits for
 * whoever holds signals.
 *
 * @param source SQL that gives their ids, with `$1`
 * @returns how many
 */
export async function deleteUnusedSignals(tx: Tx, source: string, parameter: unknown): Promise<number> {
  await tx.query('SELECT pg_advisory_xact_lock($1)', [PURGE_LOCK]);
  await tx.execute('UPDATE cairn.signal_purge SET purges = purges + 1');
  return tx.execute(
    `WITH unused AS MATERIALIZED (
       SELECT s.id FROM cairn.signal s JOIN (${source}) w (id) ON w.id = s.id
        WHERE NOT EXISTS (SELECT FROM cairn.entry e WHERE e.signal_id = s.id)
          AND s.id NOT IN (SELECT unnest(d.signal_ids) FROM cairn.submission_decision d)
     ), forgotten AS (
       UPDATE cairn.erased_line g SET signal_id = NULL FROM unused u WHERE g.signal_id = u.id
     ), unrecorded AS (
       DELETE FROM cairn.record r USING unused u WHERE r.signal_id = u.id)
     DELETE FROM cairn.signal s USING unused u WHERE s.id = u.id`,
    [parameter],
  );
}
