import { readLeavesAt, readProofText } from '#libs/ledger';
import type { Tx } from '#libs/platform';

/** An act of a person or of the operator (docs/protocol-audit.md). */
export interface AuditEvent {
  /** From 1, without a gap. */
  number: number;
  /** Unix milliseconds. */
  time: number;
  /** `person:` with its row id, or `system:operator`. */
  actor: string;
  act: string;
  subject: string;
  /** SHA-256 of the inputs, hex. */
  inputs: string;
  /** `ok`, or the code of the refusal. */
  outcome: string;
  /** Chain value after this event, hex. */
  chain: string;
}

/** The latest `audit` statement in the log. */
export interface LoggedAuditHead {
  index: number;
  /** Exact text of the leaf. */
  leaf: string;
  /** Null until a signed checkpoint covers it. */
  proof: string | null;
}

/** Events in their order: at most `first`, after that number. For auditors. */
export async function listAuditEvents(
  tx: Tx,
  { first, after }: { first: number; after: number },
): Promise<AuditEvent[]> {
  return tx.query<AuditEvent>(
    `SELECT number::float8 AS number, time::float8 AS time, actor, act, subject, encode(inputs, 'hex') AS inputs, outcome,
            encode(chain, 'hex') AS chain
       FROM cairn.audit_event WHERE number > $1 ORDER BY number LIMIT $2`,
    [after, first],
  );
}

/**
 * The latest `audit` statement that was applied; null before the first.
 *
 * @param origin of the provenance log
 */
export async function readAuditStatement(tx: Tx, origin: string): Promise<LoggedAuditHead | null> {
  const [row] = await tx.query<{ index: number }>(
    'SELECT logged_index::float8 AS index FROM cairn.audit_head WHERE logged_index IS NOT NULL',
  );
  if (row === undefined) return null;
  const leaf = (await readLeavesAt(tx, origin, [row.index])).get(row.index);
  if (leaf === undefined) throw new Error(`leaf ${row.index} of ${origin} is not stored`);
  const proof = await readProofText(tx, origin, row.index);
  return { index: row.index, leaf: Buffer.from(leaf).toString('utf8'), proof };
}
