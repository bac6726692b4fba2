import type { Tx } from '#libs/platform';
import type { LinePlace } from '#libs/protocol';

/**
 * The lines of the submission $2 with their numbers. Those that are blank already are not among the stored bytes, so the n-th line that
 * is stored is the n-th number that is left.
 */
const STORED = `
  concerned AS MATERIALIZED (
    SELECT s.log_index, s.entry_count, s.entries FROM cairn.submission s WHERE s.log_index = $2),
  stored AS (
    SELECT c.log_index, t.text, t.n FROM concerned c
     CROSS JOIN LATERAL string_to_table(convert_from(c.entries, 'UTF8'), E'\\n') WITH ORDINALITY AS t (text, n) WHERE t.text <> ''),
  numbered AS (
    SELECT c.log_index, l.line, row_number() OVER (PARTITION BY c.log_index ORDER BY l.line) AS n
      FROM concerned c CROSS JOIN LATERAL generate_series(0, c.entry_count - 1) AS l (line)
     WHERE NOT EXISTS (SELECT FROM cairn.erased_line g
                        WHERE g.log_index = c.log_index AND g.line = l.line AND g.leaf_hash IS NOT NULL)),
  lines AS MATERIALIZED (
    SELECT s.log_index, n.line, s.text, g.line IS NOT NULL AS doomed FROM stored s JOIN numbered n USING (log_index, n)
      LEFT JOIN cairn.erased_line g ON g.erasure_id = $1 AND g.log_index = s.log_index AND g.line = n.line)`;

/**
 * Deletes the bytes of the lines of an erasure from the stored submissions, salts included, and keeps their leaf hashes: so the entry root, which
 * the author signed, is still led to. One submission at a time: each may have megabytes.
 *
 * @param lines of the statement
 * @throws Error when not each of them is blanked: then nothing may be, and nobody may be told that all is gone
 */
export async function blankLines(tx: Tx, erasure: string, lines: readonly LinePlace[]): Promise<void> {
  let blanked = 0;
  for (const index of new Set(lines.map((line) => line.index)))
    blanked += await blankSubmission(tx, erasure, index);
  if (blanked !== lines.length)
    throw new Error(`${blanked} of the ${lines.length} lines of an erase statement could be deleted`);
}

function blankSubmission(tx: Tx, erasure: string, index: number): Promise<number> {
  return tx.execute(
    `WITH ${STORED},
     kept AS (
       SELECT log_index, coalesce(string_agg(text || E'\\n', '' ORDER BY line) FILTER (WHERE NOT doomed), '') AS text
         FROM lines GROUP BY log_index),
     cut AS (
       UPDATE cairn.submission s SET entries = convert_to(k.text, 'UTF8') FROM kept k WHERE s.log_index = k.log_index)
     UPDATE cairn.erased_line g SET leaf_hash = sha256('\\x00'::bytea || convert_to(l.text, 'UTF8'))
       FROM lines l WHERE l.doomed AND g.log_index = l.log_index AND g.line = l.line`,
    [erasure, index],
  );
}
