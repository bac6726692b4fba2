import type { Database, Tx } from '#libs/platform';
import { Attestations } from './attestations.js';
import { MemberPath } from './member-path.js';

const WORKER = { system: 'worker' };
const MOST = 500;

/** What a sweep moved. */
export interface SweptMemberships {
  /** Members whose probation ended. */
  active: number;
  /** Members that were asked to attest anew, because a year has passed or an agreement they have not accepted is overdue. */
  asked: number;
}

/**
 * Does what time alone makes due: ends probations, asks for attestations. The rules of each move are judged when it is recorded, so any
 * number of processes may sweep at once, and what another did or somebody stopped meanwhile is left as it is.
 */
export async function sweepMemberships(database: Database): Promise<SweptMemberships> {
  const path = new MemberPath(database);
  const attestations = new Attestations(database);
  const swept = { active: 0, asked: 0 };
  for (const application of await database.read('ended-probations', 'system:worker', findEnded)) {
    if ((await path.endProbation(WORKER, application)).ok) swept.active++;
  }
  for (const { application, reason } of await attestations.due()) {
    if ((await attestations.ask(WORKER, application, reason)).ok) swept.asked++;
  }
  return swept;
}

/** In the order in which they ended, so that none waits behind later ones. */
async function findEnded(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ application: string }>(
    `SELECT id AS application FROM cairn.application
      WHERE state = 'probation' AND probation_from + make_interval(days => (cairn.current_admission_policy()).probation_days)
            <= cairn.admission_time()
      ORDER BY probation_from, id LIMIT $1`,
    [MOST],
  );
  return rows.map(({ application }) => application);
}
