import type { Database, Tx } from '#libs/platform';
import { act } from '../application/act.js';
import { ActRefused } from '../application/application-result.js';
import {
  CHECKED_STATES,
  MACHINE_CHECKS,
  type CheckFinding,
  type CheckTask,
  type Evidence,
} from './check-task.js';

const MINUTE = 60;
/** Seconds until the next try after each that failed; after the last of them the failure is recorded. */
const DELAYS: readonly number[] = [MINUTE, 5 * MINUTE, 30 * MINUTE, 120 * MINUTE];
/** Seconds after which a try whose worker died is taken up by another: several times as long as the slowest one. */
const LEASE_SECONDS = 120;

const WORKER = 'system:worker';

/**
 * What workers have to check, kept in the database alone. A try holds a lease instead of a lock, since others answer slowly; without its
 * lease it records nothing, so any number of workers make one record.
 */
export class CheckTasks {
  constructor(private readonly database: Database) {}

  /**
   * Makes due whatever applicants handed in and nobody has checked. It begins anew when the facts changed, and a check that a machine
   * failed when the applicant handed in again. What a person found about the same facts stands. A page that the profile does not name is
   * the staff's to judge.
   */
  async plan(): Promise<void> {
    await this.database.transaction('plan-application-checks', WORKER, (tx) =>
      tx.execute(PLAN, [CHECKED_STATES, MACHINE_CHECKS]),
    );
  }

  /** Takes due checks that no other worker holds. */
  async claim(most: number): Promise<CheckTask[]> {
    return this.database.transaction('claim-application-checks', WORKER, (tx) =>
      tx.query<CheckTask>(CLAIM, [CHECKED_STATES, LEASE_SECONDS, most]),
    );
  }

  /**
   * Records what a try found, or when to try again.
   *
   * @returns whether the outcome was recorded
   */
  async settle(task: CheckTask, finding: CheckFinding): Promise<boolean> {
    if (finding.outcome === 'wait') {
      await this.postpone(
        task,
        finding.problem,
        0,
        'to_timestamp($4::float8 / 1000)',
        finding.until.getTime(),
      );
      return false;
    }
    const delay = finding.outcome === 'fail' && finding.again ? DELAYS[task.attempts] : undefined;
    if (delay !== undefined) {
      const { problem } = finding as CheckFinding & { problem: string };
      await this.postpone(task, problem, 1, 'cairn.admission_time() + make_interval(secs => $4)', delay);
      return false;
    }
    return this.record(task, finding);
  }

  private async postpone(
    { lease }: CheckTask,
    problem: string,
    failed: 0 | 1,
    due: string,
    value: number,
  ): Promise<void> {
    await this.database.transaction('postpone-application-check', WORKER, (tx) =>
      tx.execute(
        `UPDATE cairn.check_task
            SET attempts = attempts + $3, problem = $2, due_at = ${due}, lease = NULL, leased_until = NULL
          WHERE lease = $1`,
        [lease, problem, failed, value],
      ),
    );
  }

  private async record(task: CheckTask, found: CheckFinding & { evidence: Evidence }): Promise<boolean> {
    const problem = found.outcome === 'fail' ? found.problem : null;
    // The applicant sees the task; with whom it shares what is for staff alone.
    const shown = task.code === 'independence' ? null : problem;
    const recorded = await act(
      this.database,
      'record-application-check',
      { system: 'worker' },
      async (tx) => {
        const held = await tx.query<{ askedAt: Date | null }>(
          `UPDATE cairn.check_task
            SET attempts = attempts + $3, problem = $2, due_at = NULL, lease = NULL, leased_until = NULL
          WHERE lease = $1 RETURNING asked_at AS "askedAt"`,
          [task.lease, shown, shown === null ? 0 : 1],
        );
        if (held.length === 0) throw new ActRefused('CHANGED', 'lease', 'is another worker’s now');
        const [row] = await tx.query<{ stands: boolean }>(RECORD, [
          task.application,
          task.code,
          found.outcome,
          JSON.stringify(found.evidence),
          noteOf(task, problem),
          JSON.stringify(task.facts),
        ]);
        if (!row!.stands) throw new ActRefused('CHANGED', 'facts', 'are no longer those that were checked');
        // Only now is the application's row held, so that no person can come in between.
        if (await foundByPerson(tx, task, held[0]!.askedAt)) {
          throw new ActRefused('CHANGED', 'check', 'was made by a person');
        }
        return {};
      },
    );
    if (!recorded.ok) await this.rest(task);
    return recorded.ok;
  }

  /** Nothing is left to do until the facts change, the applicant hands in again, or staff ask. */
  private async rest({ lease }: CheckTask): Promise<void> {
    await this.database.transaction('rest-application-check', WORKER, (tx) =>
      tx.execute(
        `UPDATE cairn.check_task SET due_at = NULL, lease = NULL, leased_until = NULL WHERE lease = $1`,
        [lease],
      ),
    );
  }
}

function noteOf({ askedBy }: CheckTask, problem: string | null): string | null {
  const asked = askedBy === null ? [] : [`made again for person:${askedBy}`];
  const parts = [...(problem === null ? [] : [problem]), ...asked];
  return parts.length === 0 ? null : parts.join('; ');
}

/** Whether the record before this one is a person's, about the same facts, and came after staff asked for the check. */
async function foundByPerson(
  tx: Tx,
  { application, code, facts }: CheckTask,
  askedAt: Date | null,
): Promise<boolean> {
  const [before] = await tx.query<{ stands: boolean }>(
    `SELECT person_id IS NOT NULL AND facts = $3::jsonb AND ($4::timestamptz IS NULL OR at > $4) AS stands
       FROM cairn.application_check WHERE application_id = $1 AND code = $2 ORDER BY number DESC LIMIT 1 OFFSET 1`,
    [application, code, JSON.stringify(facts), askedAt],
  );
  return before?.stands ?? false;
}

const PLAN = `
  WITH wanted AS (
    SELECT a.id, i.code, cairn.profile_facts(p.profile, i.facts) AS facts, moved.number AS handed_in
      FROM cairn.application a
     CROSS JOIN LATERAL cairn.current_profile(a.id) AS p
      JOIN cairn.checklist_item i ON i.version = a.checklist_version AND i.performer = 'machine' AND i.code = ANY ($2)
       AND p.kind = ANY (i.member_kinds) AND (NOT i.child_safety OR cairn.asks_child_safety(p.profile))
       AND (cardinality(i.facts) > 1 OR p.profile -> i.facts[1] <> 'null')
     CROSS JOIN LATERAL (SELECT coalesce(max(m.number), 0) AS number FROM cairn.application_move m
                          WHERE m.application_id = a.id AND m.actor LIKE 'applicant:%') AS moved
     WHERE a.state = ANY ($1)
  )
  INSERT INTO cairn.check_task AS t (application_id, code, facts, handed_in, begun_at, due_at)
  SELECT w.id, w.code, w.facts, w.handed_in, cairn.admission_time(),
         CASE WHEN latest.facts = w.facts AND (latest.person_id IS NOT NULL OR latest.outcome <> 'fail') THEN NULL
              ELSE cairn.admission_time() END
    FROM wanted w
    LEFT JOIN cairn.check_task known ON known.application_id = w.id AND known.code = w.code
    LEFT JOIN LATERAL (SELECT c.outcome, c.person_id, c.facts FROM cairn.application_check c
                        WHERE c.application_id = w.id AND c.code = w.code ORDER BY c.number DESC LIMIT 1) AS latest ON true
   WHERE known.code IS NULL OR known.facts <> w.facts OR known.handed_in < w.handed_in
   ORDER BY w.id, w.code
  ON CONFLICT (application_id, code) DO UPDATE
    SET facts = excluded.facts, handed_in = excluded.handed_in, begun_at = excluded.begun_at, due_at = excluded.due_at,
        attempts = 0, problem = NULL, lease = NULL, leased_until = NULL, asked_by = NULL, asked_at = NULL
  WHERE t.facts <> excluded.facts OR t.handed_in < excluded.handed_in`;

const CLAIM = `
  UPDATE cairn.check_task t
     SET lease = gen_random_uuid(), leased_until = cairn.admission_time() + make_interval(secs => $2)
    FROM (SELECT d.application_id, d.code
            FROM cairn.check_task d JOIN cairn.application a ON a.id = d.application_id
           WHERE d.due_at <= cairn.admission_time() AND (d.lease IS NULL OR d.leased_until <= cairn.admission_time())
             AND a.state = ANY ($1)
           ORDER BY d.due_at LIMIT $3 FOR UPDATE OF d SKIP LOCKED) AS due
   WHERE t.application_id = due.application_id AND t.code = due.code
  RETURNING t.application_id AS application, t.code, t.facts, t.attempts, t.asked_by AS "askedBy", t.lease`;

const RECORD = `
  INSERT INTO cairn.application_check (application_id, code, outcome, evidence, note)
  VALUES ($1, $2, $3, $4, $5) RETURNING facts = $6::jsonb AS stands`;
