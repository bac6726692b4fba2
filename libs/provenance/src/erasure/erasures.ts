import { act, ApplicationRefusal, prose, readInput, type ApplicationResult } from '#libs/membership';
import { requestStatement } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import { comparePlaces, LIMITS, MOST_ERASED_LINES, type ErasureReason, type LinePlace } from '#libs/protocol';
import { findErasure, type StoredErasure } from './erasure-document.js';

/** What is asked for. */
export interface ErasureRequest {
  lines: readonly LinePlace[];
  reason: ErasureReason;
  /** Why, in 1 to 4,000 characters, for staff and auditors; never with a value. */
  justification: string;
}

/**
 * Erasures of lines: one person of staff asks, an approver who is another confirms the version that was shown, and the statement is asked for in the
 * same transaction. Who acts and when is the database's to say, and so are the rules: each line once, only what is in the log, of one channel, and
 * with each accepted line every accepted one before it about the same signal there, so that no erasure lets an earlier word stand again, and none tells
 * whose a line is.
 */
export class Erasures {
  constructor(private readonly database: Database) {}

  /** @param person row id of who asks */
  request(person: number, wanted: ErasureRequest): Promise<ApplicationResult<{ erasure: StoredErasure }>> {
    return act(this.database, 'request-erasure', { person }, async (tx) => {
      const lines = requireLines(wanted.lines);
      const justification = requireJustification(wanted.justification);
      const [row] = await tx.query<{ id: number }>(
        'INSERT INTO cairn.erasure (reason, justification) VALUES ($1, $2) RETURNING id::float8 AS id',
        [wanted.reason, justification],
      );
      await tx.execute(
        `INSERT INTO cairn.erasure_line (erasure_id, log_index, line)
          SELECT $1, * FROM unnest($2::bigint[], $3::smallint[])`,
        [row!.id, lines.map(({ index }) => index), lines.map(({ line }) => line)],
      );
      return { erasure: await requireErasure(tx, row!.id) };
    });
  }

  /**
   * Confirms an erasure that another person asked for, and asks for its statement.
   *
   * @param digest of the version that was shown; refused as CHANGED when it is not the present one
   */
  confirm(
    person: number,
    id: number,
    digest: string,
  ): Promise<ApplicationResult<{ erasure: StoredErasure }>> {
    return act(this.database, 'confirm-erasure', { person }, async (tx) => {
      const found = await requireOpen(tx, id);
      if (found.digest !== digest)
        throw new ApplicationRefusal('CHANGED', 'digest', 'is not that of the present version');
      await tx.execute(`UPDATE cairn.erasure SET digest = decode($2, 'hex') WHERE id = $1`, [id, digest]);
      const { lines, reason } = found.document;
      await requestStatement(tx, `erasure:${id}`, { kind: 'erase', lines, reason });
      return { erasure: await requireErasure(tx, id) };
    });
  }

  /** Takes back what was asked for and is not confirmed. */
  withdraw(person: number, id: number): Promise<ApplicationResult<{ erasure: StoredErasure }>> {
    return act(this.database, 'withdraw-erasure', { person }, async (tx) => {
      await requireOpen(tx, id);
      await tx.execute('UPDATE cairn.erasure SET withdrawn_at = now() WHERE id = $1', [id]);
      return { erasure: await requireErasure(tx, id) };
    });
  }
}

function requireLines(lines: readonly LinePlace[]): LinePlace[] {
  const isGood = ({ index, line }: LinePlace): boolean =>
    Number.isSafeInteger(index) &&
    index >= 0 &&
    Number.isSafeInteger(line) &&
    line >= 0 &&
    line < LIMITS.entries;
  if (lines.length === 0 || lines.length > MOST_ERASED_LINES || !lines.every(isGood)) {
    const rule = `must be 1 to ${MOST_ERASED_LINES} lines, each with a log index and a line below ${LIMITS.entries}`;
    throw new ApplicationRefusal('BAD_INPUT', 'lines', rule);
  }
  const sorted = [...lines].sort(comparePlaces);
  if (sorted.some((place, at) => at > 0 && comparePlaces(sorted[at - 1]!, place) === 0))
    throw new ApplicationRefusal('BAD_INPUT', 'lines', 'must be distinct');
  return sorted.map(({ index, line }) => ({ index, line }));
}

/** Only a hash is as long in hex, whatever the type, and however its digits are grouped. */
const GROUPING = /[\s:-]/g;
const LONG_HEX = /[0-9a-f]{32}/i;

function requireJustification(said: string): string {
  const words = readInput(prose(4000), said, 'justification');
  if (LONG_HEX.test(words.replaceAll(GROUPING, '')))
    throw new ApplicationRefusal('BAD_INPUT', 'justification', 'must not name a value');
  return words;
}

async function requireOpen(tx: Tx, id: number): Promise<StoredErasure> {
  const found = await findErasure(tx, id, { lock: true });
  if (found === null) throw new ApplicationRefusal('NOT_FOUND', 'erasure', 'is not known');
  if (found.withdrawnAt !== null) throw new ApplicationRefusal('ILLEGAL_MOVE', 'erasure', 'is withdrawn');
  if (found.confirmedAt !== null)
    throw new ApplicationRefusal('ILLEGAL_MOVE', 'erasure', 'is confirmed already');
  return found;
}

async function requireErasure(tx: Tx, id: number): Promise<StoredErasure> {
  return (await findErasure(tx, id))!;
}
