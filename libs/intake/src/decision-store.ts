import type { Tx } from '#libs/platform';
import {
  DECISION_CODES,
  OPERATIONS,
  RETRACTION_REASONS,
  VERDICTS,
  type Decision,
  type Entry,
} from '#libs/protocol';
import { effectCode, type SignalIds } from '#libs/signals';
import type { EntryDecision } from './decide-entries.js';

/** What a row of `cairn.entry` says besides its signal and its place. Most lines of a submission share theirs. */
interface EntryFacts {
  readonly operation: number;
  readonly verdict: number;
  readonly code: number;
  /** Label codes, joined by commas. */
  readonly labels: string;
  readonly quality: number | null;
  readonly expires: number | null;
  readonly reason: number | null;
}

/** The decided lines of a submission: distinct facts, and for each line the number, from 1, of its own. */
export interface CompactDecisions {
  readonly facts: readonly EntryFacts[];
  readonly picks: readonly number[];
}

const ACCEPTED: Decision = { verdict: 'accepted', code: null, prev: null };

/** Finds the distinct facts among the lines. */
export function compactDecisions(
  entries: readonly Entry[],
  decisions: readonly EntryDecision[],
): CompactDecisions {
  const facts: EntryFacts[] = [];
  const numbers = new Map<string, number>();
  let number = 0;
  const picks = entries.map((entry, line) => {
    const fact = factsOf(entry, decisions[line]!);
    // Most lines say what the one before says.
    if (number > 0 && sameFacts(fact, facts[number - 1]!)) return number;
    const name = Object.values(fact).join('|');
    const known = numbers.get(name);
    number = known ?? facts.push(fact);
    if (known === undefined) numbers.set(name, number);
    return number;
  });
  return { facts, picks };
}

function sameFacts(a: EntryFacts, b: EntryFacts): boolean {
  return (
    a.operation === b.operation &&
    a.verdict === b.verdict &&
    a.code === b.code &&
    a.labels === b.labels &&
    a.quality === b.quality &&
    a.expires === b.expires &&
    a.reason === b.reason
  );
}

function factsOf(entry: Entry, { verdict, code, labels }: EntryDecision): EntryFacts {
  const asserts = entry.op === 'assert';
  return {
    operation: OPERATIONS[entry.op],
    verdict,
    code,
    labels: labels.join(','),
    quality: asserts ? entry.quality : null,
    expires: asserts ? entry.expires : null,
    reason: asserts ? null : RETRACTION_REASONS[entry.reason],
  };
}

/** Keeps what was decided until the submission has its place in the log. */
export async function storeDecisions(
  tx: Tx,
  submissionId: string,
  signalIds: SignalIds,
  { facts, picks }: CompactDecisions,
): Promise<void> {
  await tx.query(
    `INSERT INTO cairn.submission_decision
        (submission_id, signal_ids, picks, operations, verdicts, codes, labels, qualities, expires, reasons)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      submissionId,
      signalIds,
      `{${picks.join(',')}}`,
      facts.map((fact) => fact.operation),
      facts.map((fact) => fact.verdict),
      facts.map((fact) => fact.code),
      facts.map((fact) => fact.labels),
      facts.map((fact) => fact.quality),
      facts.map((fact) => fact.expires),
      facts.map((fact) => fact.reason),
    ],
  );
}

const PLACE = `
  WITH decided AS (
    DELETE FROM cairn.submission_decision WHERE submission_id = $1 RETURNING *
  ), facts AS MATERIALIZED (
    SELECT f.* FROM decided b, unnest(b.operations, b.verdicts, b.codes, b.labels, b.qualities, b.expires, b.reasons)
      WITH ORDINALITY AS f (operation, verdict, code, labels, quality, expires, reason, pick)
  ), placed AS (
    INSERT INTO cairn.entry (log_index, line, channel_id, signal_id, member_id, key_id, operation, verdict, code, effect,
                             named, prev, labels, quality, expires, reason)
    SELECT $2, d.ord - 1, s.channel_id, d.signal_id, s.member_id, s.key_id, f.operation, f.verdict, f.code,
           CASE WHEN f.verdict = 0 THEN 0 ELSE $3::smallint END, s.named,
           (SELECT max(e.log_index) FROM cairn.entry e WHERE e.signal_id = d.signal_id AND e.channel_id = s.channel_id
              AND e.erased_index IS NULL),
           string_to_array(nullif(f.labels, ''), ',')::smallint[], f.quality, f.expires, f.reason
      FROM cairn.submission s
     CROSS JOIN decided b
     CROSS JOIN LATERAL unnest(b.signal_ids, b.picks) WITH ORDINALITY AS d (signal_id, pick, ord)
      JOIN facts f ON f.pick = d.pick
     WHERE s.id = $1
    RETURNING line, verdict, code, prev
  )
  SELECT line, verdict, code, prev::float8 AS prev FROM placed WHERE verdict <> 0 OR prev IS NOT NULL`;

/**
 * Turns the decided lines of a submission into rows of `cairn.entry` at a log index, each with the index of the nearest earlier
 * statement about its signal that no erasure names.
 *
 * @returns the decision about each line
 */
export async function placeEntries(
  tx: Tx,
  { submissionId, logIndex, count }: { submissionId: string; logIndex: number; count: number },
): Promise<Decision[]> {
  const special = await tx.query<{ line: number; verdict: number; code: number; prev: number | null }>(
    PLACE,
    [submissionId, logIndex, effectCode('not_accepted')],
  );
  const decisions = new Array<Decision>(count).fill(ACCEPTED);
  for (const { line, verdict, code, prev } of special) {
    decisions[line] = { verdict: VERDICTS[verdict]!, code: DECISION_CODES[code - 1] ?? null, prev };
  }
  return decisions;
}
