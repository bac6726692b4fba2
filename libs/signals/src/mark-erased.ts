import type { Tx } from '#libs/platform';
import type { LinePlace } from '#libs/protocol';

/**
 * Marks the lines that an `erase` statement names, in the transaction that gives it the log index `index`: no decision that is logged later may
 * point to them. They stay entries until the statement is applied.
 *
 * @throws Error when a line is none, or was named before: such a statement would make the history invalid
 */
export async function markErasedLines(tx: Tx, lines: readonly LinePlace[], index: number): Promise<void> {
  const places = [lines.map((place) => place.index), lines.map((place) => place.line)];
  const marked = await tx.execute(
    `UPDATE cairn.entry e SET erased_index = $3 FROM unnest($1::bigint[], $2::smallint[]) AS l (log_index, line)
      WHERE e.log_index = l.log_index AND e.line = l.line AND e.erased_index IS NULL`,
    [...places, index],
  );
  const logged = await tx.execute(
    `UPDATE cairn.erasure SET log_index = $3 WHERE log_index IS NULL AND id = ANY (
       SELECT g.erasure_id FROM cairn.erased_line g JOIN unnest($1::bigint[], $2::smallint[]) AS l (log_index, line) USING (log_index, line))`,
    [...places, index],
  );
  if (marked !== lines.length || logged !== 1)
    throw new Error('an erase statement names lines that nobody decided to erase');
}
