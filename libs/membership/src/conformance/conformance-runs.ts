import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Database, Tx } from '#libs/platform';
import { CONFORMANCE_STEPS, SANDBOX, type ConformanceStep } from '#libs/protocol';
import { findChannelAccess } from '../member-directory.js';
import { findRun, latestRuns, type ConformanceRun, type StoredRun } from './conformance-store.js';
import {
  judgeBatch,
  judgeCopy,
  type ConformanceFault,
  type ConformanceReport,
  type SandboxEvidence,
} from './judge-step.js';

/** Minutes within which a run must be passed. */
export const CONFORMANCE_RUN_MINUTES = 60;

/** Runs that a member may start in a day. */
export const CONFORMANCE_RUNS_A_DAY = 20;

const LISTED_RUNS = 20;

/** Why the hub did not start a run, or did not judge a report. Nothing is recorded. */
export interface ConformanceRefusal {
  readonly ok: false;
  readonly code:
    'NOT_FOUND' | 'NOT_ALLOWED' | 'TOO_MANY' | 'EXPIRED' | 'OVER' | 'WRONG_STEP' | 'BAD_INPUT' | 'NOT_YET';
  readonly field: string;
  readonly rule: string;
}

export type ConformanceResult = { readonly ok: true; readonly run: ConformanceRun } | ConformanceRefusal;

/**
 * Conformance runs of members (docs/protocol-conformance.md): each asks a member to submit to the sandbox, to pull it, to apply a
 * tombstone and to recover from a reset. Reports are held against the feed's own history; what was judged is never changed.
 */
export class ConformanceRuns {
  constructor(
    private readonly database: Database,
    private readonly evidence: SandboxEvidence,
  ) {}

  /** Starts a run of a member. */
  async start(memberId: number): Promise<ConformanceResult> {
    return this.database.transaction('start-conformance', `member:${memberId}`, async (tx) => {
      const sandbox = await findChannelAccess(tx, memberId, SANDBOX);
      if (sandbox === null || !sandbox.submit || !sandbox.receive)
        return refuse('NOT_ALLOWED', 'member', 'must have both rights on the sandbox');
      await tx.query('SELECT pg_advisory_xact_lock($1, $2)', [START_LOCK, memberId]);
      if ((await startedLately(tx, memberId)) >= CONFORMANCE_RUNS_A_DAY) {
        const rule = `must not start more than ${CONFORMANCE_RUNS_A_DAY} runs in 24 hours`;
        return refuse('TOO_MANY', 'member', rule);
      }
      const run = randomUUID();
      await tx.query(
        `INSERT INTO cairn.conformance_run (run, member_id, challenge, expires_at)
          VALUES ($1, $2, $3, now() + make_interval(mins => $4))`,
        [run, memberId, randomBytes(32), CONFORMANCE_RUN_MINUTES],
      );
      return { ok: true, run: (await findRun(tx, memberId, run))! };
    });
  }

  /** The latest runs of a member, newest first. */
  async list(memberId: number): Promise<readonly ConformanceRun[]> {
    return this.database.read('list-conformance', `member:${memberId}`, (tx) =>
      latestRuns(tx, memberId, LISTED_RUNS),
    );
  }

  /** Judges what a member reports about the step that its run has come to. A step that is not passed ends the run. */
  async report(memberId: number, report: ConformanceReport): Promise<ConformanceResult> {
    return this.database.transaction(
      'report-conformance',
      `member:${memberId}`,
      async (tx) => {
        const run = await findRun(tx, memberId, report.run);
        const refusal = run === null ? notFound() : refusalOf(run, report);
        if (refusal !== null || run === null) return refusal ?? notFound();
        const judged = await this.judge(tx, memberId, run, report);
        if (typeof judged === 'object' && judged !== null) return judged;
        const recorded = await recordStep(tx, memberId, run, report, judged);
        if (!recorded) return refuse('WRONG_STEP', 'step', 'was reported by another request meanwhile');
        return { ok: true, run: (await findRun(tx, memberId, report.run))! };
      },
      { isolation: 'REPEATABLE READ' },
    );
  }

  /** What is wrong with the step; null for nothing. */
  private async judge(
    tx: Tx,
    memberId: number,
    { script }: StoredRun,
    report: ConformanceReport,
  ): Promise<ConformanceFault | ConformanceRefusal | null> {
    const { step, submission: jti, size } = report;
    if (step === 'submit' || step === 'tombstone') {
      const submission = await this.evidence.submission(tx, memberId, jti!);
      if (submission === null)
        return refuse('BAD_INPUT', 'submission', 'must be a submission of yours to the sandbox');
      if (submission === 'waiting')
        return refuse('NOT_YET', 'submission', 'is not published yet: report it once it is');
      const fault = judgeBatch(script, step, submission);
      if (fault !== null || step === 'submit') return fault;
    }
    return judgeCopy(tx, this.evidence, script, { ...report, size: size! });
  }
}

/** Class of advisory locks; arbitrary, for this use alone. */
const START_LOCK = 1_795_400;

const HEX = /^[0-9a-f]{64}$/;
const JTI = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Fields that the report of each step must have. */
const FIELDS: Readonly<Record<ConformanceStep, readonly (keyof ConformanceReport)[]>> = {
  submit: ['submission'],
  pull: ['size', 'root', 'answer'],
  tombstone: ['submission', 'size', 'root', 'answer'],
  reset: ['size', 'root', 'answer', 'reset'],
};

function refusalOf(run: StoredRun, report: ConformanceReport): ConformanceRefusal | null {
  if (run.state === 'expired') return refuse('EXPIRED', 'run', 'has expired: start another');
  if (run.task === null)
    return refuse('OVER', 'run', `is over: it ${run.state === 'passed' ? 'was passed' : 'failed'}`);
  if (report.step !== run.task.step)
    return refuse('WRONG_STEP', 'step', `must be the one that the run has come to, ${run.task.step}`);
  const missing = FIELDS[report.step].find((field) => report[field] === null);
  if (missing !== undefined) return refuse('BAD_INPUT', missing, `must be given for the step ${report.step}`);
  if (report.submission !== null && !JTI.test(report.submission))
    return refuse('BAD_INPUT', 'submission', 'must be the jti of a submission');
  if (report.size !== null && report.size < 1)
    return refuse('BAD_INPUT', 'size', 'must be the number of rounds applied, at least 1');
  const notHex = (['root', 'answer'] as const).find(
    (field) => report[field] !== null && !HEX.test(report[field]!),
  );
  return notHex === undefined ? null : refuse('BAD_INPUT', notHex, 'must be 64 lower-case hex digits');
}

async function startedLately(tx: Tx, memberId: number): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM cairn.conformance_run
      WHERE member_id = $1 AND started_at > now() - interval '24 hours'`,
    [memberId],
  );
  return row!.count;
}

/** @returns false when the step has been judged since the run was read. */
async function recordStep(
  tx: Tx,
  memberId: number,
  run: StoredRun,
  report: ConformanceReport,
  fault: ConformanceFault | null,
): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO cairn.conformance_step
            (run_id, member_id, expires_at, ordinal, passed, reason, feed_size, report_digest)
      SELECT id, member_id, expires_at, $3, $4, $5, $6, $7 FROM cairn.conformance_run WHERE id = $1 AND member_id = $2
      ON CONFLICT DO NOTHING RETURNING 1`,
    [
      run.id,
      memberId,
      CONFORMANCE_STEPS.indexOf(report.step) + 1,
      fault === null,
      fault,
      report.size,
      reportDigest(report),
    ],
  );
  return rows.length === 1;
}

/** SHA-256 over the report as compact JSON, its members in this order and null where nothing was given. */
function reportDigest({ run, step, submission, size, root, answer, reset }: ConformanceReport): Buffer {
  const text = JSON.stringify({ run, step, submission, size, root, answer, reset });
  return createHash('sha256').update(text).digest();
}

function notFound(): ConformanceRefusal {
  return refuse('NOT_FOUND', 'run', 'is not a run of this member');
}

function refuse(code: ConformanceRefusal['code'], field: string, rule: string): ConformanceRefusal {
  return { ok: false, code, field, rule };
}
