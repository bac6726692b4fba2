import type { Tx } from '#libs/platform';
import type { ShownSubmission } from '#libs/protocol';
import { blankLines, readBlankLines } from '../blank-lines-column.js';
import { decisionColumn } from '../decision-column.js';

/** What of submissions is shown: everything, or what a member may see (docs/protocol-submission.md, "Commitments"). */
export type EvidenceView =
  | { readonly all: true }
  | { readonly all: false; readonly member: number; readonly received: readonly string[] };

/** Bytes of lines and decisions beyond which a file takes no further submission. */
const MOST_BYTES = 4 * 1024 * 1024;

/** `$3`: whether all is shown, `$4`: the member, `$5`: channels that it receives. */
const SHOWN = `
  SELECT s.log_index, s.entry_count, s.entries, s.content_body, s.author_body, s.manifest,
         $3 OR c.name = ANY ($5::text[]) AS with_content,
         $3 OR s.member_id = $4 OR (s.named AND c.name = ANY ($5::text[])) AS with_author,
         $3 OR s.member_id = $4 AS with_lines
    FROM cairn.submission s JOIN cairn.channel c ON c.id = s.channel_id
   WHERE s.log_index >= $1 AND s.log_index < $2 AND ($3 OR s.member_id = $4 OR c.name = ANY ($5::text[]))`;

const REACH = `
  SELECT min(log_index)::float8 AS reach
    FROM (SELECT log_index, sum(CASE WHEN with_lines THEN length(entries) ELSE 0 END + 44 * entry_count) OVER
                   (ORDER BY log_index ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
            FROM (${SHOWN}) shown) counted
   WHERE before > $6`;

const PARTS = `
  SELECT log_index::float8 AS index,
         CASE WHEN with_content THEN content_body END AS content,
         CASE WHEN with_content THEN ${decisionColumn('shown')} END AS decisions,
         CASE WHEN with_author THEN author_body END AS author,
         CASE WHEN with_author THEN manifest END AS manifest,
         CASE WHEN with_lines THEN entries END AS lines,
         CASE WHEN with_lines THEN ${blankLines('shown')} END AS erased
    FROM (${SHOWN}) shown ORDER BY log_index`;

/** Up to which index a file that begins at `from` goes: `to`, or before the submission that would make it too long. */
export async function reachOf(tx: Tx, view: EvidenceView, from: number, to: number): Promise<number> {
  const [row] = await tx.query<{ reach: number | null }>(REACH, [...parameters(view, from, to), MOST_BYTES]);
  return row?.reach ?? to;
}

/** What is shown of the submissions from `from` up to, not including, `end`. */
export async function readShown(
  tx: Tx,
  view: EvidenceView,
  from: number,
  end: number,
): Promise<ShownSubmission[]> {
  const rows = await tx.query<Omit<ShownSubmission, 'erased'> & { erased: Buffer | null }>(
    PARTS,
    parameters(view, from, end),
  );
  return rows.map((row) => ({ ...row, erased: readBlankLines(row.erased) }));
}

function parameters(view: EvidenceView, from: number, to: number): unknown[] {
  return view.all ? [from, to, true, null, []] : [from, to, false, view.member, view.received];
}
