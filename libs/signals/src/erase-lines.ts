import type { Tx } from '#libs/platform';
import { REMOVAL_REASON, type LinePlace } from '#libs/protocol';

/**
 * Applies the `erase` statement at log index `index`: its lines are entries no more, and their signals are evaluated. What they ended or claimed
 * is as if it had never been said; a record that goes with them goes as erased, whether or not something in the same step voided them before: a
 * replay never had them, and knows no other reason.
 *
 * @param lines of the statement
 * @throws Error when not each of them is an entry: a replay would come to something else
 */
export async function eraseLines(tx: Tx, index: number, lines: readonly LinePlace[]): Promise<void> {
  const erased = await tx.execute(
    `WITH erased AS (
       DELETE FROM cairn.entry e USING cairn.erasure a JOIN cairn.erased_line g ON g.erasure_id = a.id
        WHERE a.log_index = $1 AND e.log_index = g.log_index AND e.line = g.line
       RETURNING e.log_index, e.line, e.signal_id, e.channel_id, e.effect
     ), noted AS (
       UPDATE cairn.erased_line g SET erased_index = $1 FROM erased e WHERE g.log_index = e.log_index AND g.line = e.line)
     INSERT INTO pg_temp.affected_signal (signal_id, channel_id, reason, log_index, line)
      SELECT signal_id, channel_id, CASE WHEN effect = 0 THEN $2::smallint ELSE 0 END, $1, 0 FROM erased`,
    [index, REMOVAL_REASON.erased],
  );
  if (erased !== lines.length)
    throw new Error(`${erased} of the ${lines.length} lines of an erase statement are entries`);
}

/**
 * Deletes the records of signals of which erasures at log indexes in [from, to) left no entry in their channel. So a signal without an entry has no
 * record, which is what lets the first claim about one be written without a look (`evaluate-signals`). After `writeRecords`.
 */
export async function deleteErasedRecords(tx: Tx, from: number, to: number): Promise<void> {
  await tx.execute(
    `DELETE FROM cairn.record r USING cairn.erasure a JOIN cairn.erased_line g ON g.erasure_id = a.id
      WHERE a.log_index >= $1 AND a.log_index < $2 AND r.signal_id = g.signal_id AND r.channel_id = g.channel_id
        AND NOT EXISTS (SELECT FROM cairn.entry e
                         WHERE e.signal_id = g.signal_id AND e.channel_id = g.channel_id AND e.log_index < $2)`,
    [from, to],
  );
}
