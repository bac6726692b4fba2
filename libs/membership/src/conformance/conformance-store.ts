import type { Tx } from '#libs/platform';
import { CONFORMANCE_STEPS, type ConformanceStep } from '#libs/protocol';
import { RunScript, type ConformanceTask } from './conformance-task.js';
import type { ConformanceFault } from './judge-step.js';

/** How a run stands. */
export type ConformanceState = 'running' | 'passed' | 'failed' | 'expired';

/** A step that was judged. */
export interface JudgedStep {
  readonly step: ConformanceStep;
  readonly passed: boolean;
  /** Why not; null when it was passed. */
  readonly reason: ConformanceFault | null;
  readonly at: Date;
  /** SHA-256 over the report, hex. */
  readonly reportDigest: string;
}

/** A conformance run of one member. */
export interface ConformanceRun {
  readonly run: string;
  readonly state: ConformanceState;
  readonly startedAt: Date;
  readonly expiresAt: Date;
  readonly steps: readonly JudgedStep[];
  /** What is to be shown next; null when nothing is. */
  readonly task: ConformanceTask | null;
}

/** A run with what only the house knows of it. */
export interface StoredRun extends ConformanceRun {
  readonly id: number;
  readonly script: RunScript;
}

interface RunRow {
  id: number;
  run: string;
  challenge: Buffer;
  startedAt: Date;
  expiresAt: Date;
  over: boolean;
  steps: readonly {
    ordinal: number;
    passed: boolean;
    reason: ConformanceFault | null;
    at: string;
    digest: string;
  }[];
}

const RUNS = `
  SELECT r.id, r.run, r.challenge, r.started_at AS "startedAt", r.expires_at AS "expiresAt",
         r.expires_at <= now() AS over, coalesce(s.steps, '[]') AS steps
    FROM cairn.conformance_run r
    LEFT JOIN LATERAL (
      SELECT json_agg(json_build_object('ordinal', ordinal, 'passed', passed, 'reason', reason, 'at', at,
               'digest', encode(report_digest, 'hex')) ORDER BY ordinal) AS steps
        FROM cairn.conformance_step WHERE run_id = r.id) s ON true
   WHERE r.member_id = $1`;

/** The run of that name, if it is the member's. */
export async function findRun(tx: Tx, memberId: number, run: string): Promise<StoredRun | null> {
  const [row] = await tx.query<RunRow>(`${RUNS} AND r.run = $2`, [memberId, run]);
  return row === undefined ? null : toRun(row);
}

/** The latest runs of a member, newest first. */
export async function latestRuns(tx: Tx, memberId: number, limit: number): Promise<StoredRun[]> {
  const rows = await tx.query<RunRow>(`${RUNS} ORDER BY r.started_at DESC, r.id DESC LIMIT $2`, [
    memberId,
    limit,
  ]);
  return rows.map(toRun);
}

function toRun({ id, run, challenge, startedAt, expiresAt, over, steps: judged }: RunRow): StoredRun {
  const script = new RunScript(challenge);
  const steps = judged.map(({ ordinal, passed, reason, at, digest }): JudgedStep => {
    return {
      step: CONFORMANCE_STEPS[ordinal - 1]!,
      passed,
      reason,
      at: new Date(at),
      reportDigest: digest,
    };
  });
  const state = stateOf(steps, over);
  const task = state === 'running' ? script.task(CONFORMANCE_STEPS[steps.length]!) : null;
  return { id, run, state, startedAt, expiresAt, steps, task, script };
}

function stateOf(steps: readonly JudgedStep[], over: boolean): ConformanceState {
  if (steps.some(({ passed }) => !passed)) return 'failed';
  if (steps.length === CONFORMANCE_STEPS.length) return 'passed';
  return over ? 'expired' : 'running';
}
