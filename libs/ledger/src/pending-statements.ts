import { notify, type Tx } from '#libs/platform';
import { encodeStatement, type KeyRevokedStatement, type StatementBody } from '#libs/protocol';

/** Notified when a statement waits to be sequenced. A notification can be lost, so who listens polls as well. */
export const PENDING_CHANNEL = 'cairn_pending';

/**
 * Asks for a statement to be logged. It takes effect when it has been sequenced, not before.
 *
 * @param dedupKey natural key of the act: asking twice logs once.
 * @returns whether this asked for it; false when a statement of that key, perhaps another one, was asked for before.
 * @throws ProtocolError when the statement breaks its format: once waiting, it would stop the sequencer.
 */
export async function requestStatement(tx: Tx, dedupKey: string, body: StatementBody): Promise<boolean> {
  return insertStatement(tx, dedupKey, body, false);
}

/** Asks for a revocation that voids nothing logged before it: its `from` becomes the index that it is given. Otherwise as `requestStatement`. */
export async function requestRevocationFromItself(
  tx: Tx,
  dedupKey: string,
  body: Omit<KeyRevokedStatement, 'from'>,
): Promise<boolean> {
  return insertStatement(tx, dedupKey, { ...body, from: 0 }, true);
}

async function insertStatement(
  tx: Tx,
  dedupKey: string,
  body: StatementBody,
  ownIndex: boolean,
): Promise<boolean> {
  encodeStatement({ ...body, time: 0 });
  const asked = await tx.query(
    // Which key conflicts is not said: to say it takes the right to read it, and who asks for a statement may read none. Nor may all who
    // ask write the last column.
    `INSERT INTO cairn.pending_statement (dedup_key, body${ownIndex ? ', own_index' : ''})
      VALUES ($1, $2${ownIndex ? ', true' : ''}) ON CONFLICT DO NOTHING RETURNING 1`,
    [dedupKey, JSON.stringify(body)],
  );
  await notify(tx, PENDING_CHANNEL);
  return asked.length === 1;
}

/** The statement that was asked for under a key, logged or not, or null. */
export async function findRequestedStatement(tx: Tx, dedupKey: string): Promise<StatementBody | null> {
  const [row] = await tx.query<{ body: StatementBody }>(
    'SELECT body FROM cairn.pending_statement WHERE dedup_key = $1 AND body IS NOT NULL',
    [dedupKey],
  );
  return row?.body ?? null;
}

/** Where a decided submission stands in the order of receipt of its member. */
export interface SubmissionPlace {
  submissionId: string;
  memberId: number;
  /** n-th submission of the member, from 1. */
  counter: number;
  entries: number;
}

/** Asks for a decided submission to be logged after all earlier submissions of its member. */
export async function requestSubmissionStatement(tx: Tx, place: SubmissionPlace): Promise<void> {
  await tx.query(
    `INSERT INTO cairn.pending_statement (dedup_key, submission_id, lane, lane_number, weight)
      VALUES ($1, $2, $3, $4, $5) ON CONFLICT (dedup_key) DO NOTHING`,
    [
      `submission:${place.submissionId}`,
      place.submissionId,
      `member:${place.memberId}`,
      place.counter,
      place.entries,
    ],
  );
  await notify(tx, PENDING_CHANNEL);
}
