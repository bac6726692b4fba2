import type { Database, Tx } from '#libs/platform';
import { act, requireApplicationId } from '../application/act.js';
import { ActRefused, type ApplicationResult } from '../application/application-result.js';
import type { MachineCheck } from './check-task.js';

/** How a check that workers make stands. */
export interface MachineCheckStanding {
  code: MachineCheck;
  /** When it is tried next; null when nothing is to be done. */
  dueAt: Date | null;
  /** Tries that failed since it began. */
  attempts: number;
  /** What the latest try lacked, as a rule in words. */
  problem: string | null;
}

/** What staff can ask of workers. */
export class CheckRequests {
  constructor(private readonly database: Database) {}

  /** Asks for a check to be made again from the beginning, at once; its outcome counts even after one that a person recorded. */
  again(person: number, application: string, code: string): Promise<ApplicationResult> {
    return act(this.database, 'request-application-check', { person }, async (tx) => {
      const [row] = await tx.query<{ open: boolean }>(
        `SELECT state IN ('submitted', 'in_review', 'endorsed', 'objection_window') AS open FROM cairn.application WHERE id = $1`,
        [requireApplicationId(application)],
      );
      if (row === undefined) throw new ActRefused('NOT_FOUND', 'application', 'is not known');
      if (!row.open) throw new ActRefused('ILLEGAL_MOVE', 'state', 'does not allow this act');
      const asked = await tx.execute(
        `UPDATE cairn.check_task
            SET begun_at = cairn.admission_time(), due_at = cairn.admission_time(), attempts = 0, problem = NULL,
                lease = NULL, leased_until = NULL, asked_by = $3, asked_at = cairn.admission_time()
          WHERE application_id = $1 AND code = $2`,
        [application, code, person],
      );
      if (asked === 0) throw new ActRefused('BAD_INPUT', 'code', 'must be a check that workers make of it');
      return {};
    });
  }
}

/** How the checks that workers make of an application stand, by code: for its applicant and for staff. */
export async function machineChecks(tx: Tx, application: string): Promise<MachineCheckStanding[]> {
  return tx.query<MachineCheckStanding>(
    `SELECT code, due_at AS "dueAt", attempts, problem FROM cairn.check_task
      WHERE application_id = $1 ORDER BY code`,
    [requireApplicationId(application)],
  );
}
