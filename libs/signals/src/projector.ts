import { readStatements, rootAt } from '#libs/ledger';
import { applyMembershipStatement, type MembershipStatement } from '#libs/membership';
import type { Tx } from '#libs/platform';
import type { Statement } from '#libs/protocol';
import {
  affectedByMember,
  affectedByPolicy,
  affectedBySubmissions,
  affectedByTick,
  recallOperations,
  voidOperations,
} from './affected-signals.js';
import { recordClaimEnd } from './claim-ends.js';
import { eraseLines } from './erase-lines.js';
import { evaluateSignals } from './evaluate-signals.js';
import { gateSubmissions } from './gate-submissions.js';
import { openRoundTables } from './round-tables.js';

/** What one step of the projection did. */
export interface ProjectionStep {
  /** Log size that the state was for. */
  from: number;
  /** Log size that the state is now for. */
  size: number;
  /** Root of the provenance log at that size. */
  root: Uint8Array;
  /** Whether lines were erased: `deleteErasedRecords` is to be asked once records are written. */
  erased: boolean;
}

interface Indexed {
  index: number;
  statement: Statement;
}

/** Statements applied in one transaction at most, and entries behind them (more only when one submission has more). */
const MOST_STATEMENTS = 512;
const MOST_ENTRIES = 50_000;

/**
 * Applies the next statements of the provenance log to the database, in log order, by the rules of `project()` in libs/protocol.
 * The caller's transaction also writes and publishes the changed records (`writeRecords`), so that feeds and state can never
 * part.
 *
 * @returns null when there is nothing new.
 */
export async function projectNext(tx: Tx, origin: string): Promise<ProjectionStep | null> {
  const [at] = await tx.query<{ size: number; tickTime: number; logSize: number }>(
    `SELECT p.size::float8 AS size, p.tick_time::float8 AS "tickTime", l.size::float8 AS "logSize"
       FROM cairn.projection p, cairn.log l WHERE l.origin = $1 FOR UPDATE OF p`,
    [origin],
  );
  if (at === undefined || at.size >= at.logSize) return null;
  const to = await stepEnd(tx, at.size, at.logSize);
  const statements = await readStatements(tx, origin, at.size, to);
  await openRoundTables(tx);
  const tickTime = await applyAll(tx, statements, at.tickTime);
  await evaluateSignals(tx, to, tickTime);
  await tx.query('UPDATE cairn.projection SET size = $1, tick_time = $2 WHERE id = 1', [to, tickTime]);
  const erased = statements.some(({ statement }) => statement.kind === 'erase');
  return { from: at.size, size: to, root: await rootAt(tx, origin, to), erased };
}

/** Where this step ends: after so many statements, and so many entries behind them, that one transaction stays short. */
async function stepEnd(tx: Tx, from: number, logSize: number): Promise<number> {
  const most = Math.min(logSize, from + MOST_STATEMENTS);
  const [row] = await tx.query<{ end: number | null }>(
    `SELECT min(log_index)::float8 AS "end" FROM (
       SELECT log_index, sum(entry_count) OVER (ORDER BY log_index) AS entries
         FROM cairn.submission WHERE log_index >= $1 AND log_index < $2) s
      WHERE entries > $3 AND log_index > $1`,
    [from, most, MOST_ENTRIES],
  );
  return row?.end ?? most;
}

/** Applies statements one by one, neighbouring submissions together; returns the time of the latest tick. */
async function applyAll(tx: Tx, statements: readonly Indexed[], tickTime: number): Promise<number> {
  let now = tickTime;
  for (let i = 0; i < statements.length;) {
    const { index, statement } = statements[i]!;
    if (statement.kind === 'submission') {
      const end = endOfRun(statements, i);
      await gateSubmissions(tx, index, index + end - i);
      await affectedBySubmissions(tx, index, index + end - i, now);
      i = end;
      continue;
    }
    if (statement.kind === 'tick') {
      await affectedByTick(tx, now, statement.time, index);
      now = statement.time;
    }
    await applyOther(tx, index, statement);
    i += 1;
  }
  return now;
}

function endOfRun(statements: readonly Indexed[], start: number): number {
  let end = start;
  while (end < statements.length && statements[end]!.statement.kind === 'submission') end++;
  return end;
}

async function applyOther(tx: Tx, index: number, statement: Statement): Promise<void> {
  await recordClaimEnd(tx, index, statement);
  if (statement.kind === 'audit')
    await tx.execute('UPDATE cairn.audit_head SET logged_index = $1 WHERE id = 1', [index]);
  if (statement.kind === 'state')
    await tx.execute('UPDATE cairn.log_state SET log_index = $1 WHERE size = $2', [index, statement.size]);
  if (statement.kind === 'erase') await eraseLines(tx, index, statement.lines);
  if (!isMembership(statement)) return;
  const { reassured } = await applyMembershipStatement(tx, index, statement);
  if (reassured !== null) await affectedByMember(tx, reassured, index);
  if (statement.kind === 'recall') await recallOperations(tx, statement.member, statement.from, index);
  if (statement.kind === 'key_revoked') await voidOperations(tx, statement.key, statement.from, index);
  if (statement.kind === 'channel') await affectedByPolicy(tx, statement.channel, index);
}

function isMembership(statement: Statement): statement is MembershipStatement & { time: number } {
  switch (statement.kind) {
    case 'channel':
    case 'member':
    case 'member_status':
    case 'key':
    case 'key_revoked':
    case 'right':
    case 'recall':
    case 'agreement':
    case 'admission_policy':
      return true;
    case 'hub':
    case 'submission':
    case 'tick':
    case 'published':
    case 'bootstrap':
    case 'audit':
    case 'state':
    case 'erase':
      return false;
  }
}
