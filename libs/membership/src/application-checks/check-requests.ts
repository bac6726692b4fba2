import type { Database, Tx } from '#libs/platform';
import { act, requireApplicationId } from '../application/act.js';
import { ActRefused, type ApplicationResult } from '../application/application-result.js';
import { CHECKED_STATES, type MachineCheck } from './check-task.js';
import { sendAgain } from './mailbox-links.js';

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

/** What applicants and staff can ask of workers. */
export class CheckRequests {
  constructor(private readonly database: Database) {}

  /**
   * Has a check that waits for its next try tried at once, in the name of the applicant: after it published what was lacking. Its tries
   * are counted anew. A check whose outcome was recorded is no more the applicant's to ask for.
   */
  tryNow(application: string, code: string): Promise<ApplicationResult> {
    return act(this.database, 'try-application-check', { applicant: application }, async (tx) => {
      const asked = await tx.execute(
        `UPDATE cairn.check_task t SET due_at = cairn.admission_time(), attempts = 0
          WHERE t.application_id = $1 AND t.code = $2 AND t.due_at IS NOT NULL AND t.lease IS NULL
            AND (SELECT a.state FROM cairn.application a WHERE a.id = $1) = ANY ($3)`,
        [application, code, CHECKED_STATES],
      );
      if (asked === 0)
        throw new ActRefused('ILLEGAL_MOVE', 'code', 'must be a check that waits for its next try');
      return {};
    });
  }

  /** Asks for a check to be made again from the beginning, at once; its outcome counts even after one that a person recorded. */
  again(person: number, application: string, code: string): Promise<ApplicationResult> {
    return act(this.database, 'request-application-check', { person }, async (tx) => {
      const [row] = await tx.query<{ open: boolean }>(
        'SELECT state = ANY ($2) AS open FROM cairn.application WHERE id = $1',
        [requireApplicationId(application), CHECKED_STATES],
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
      if (code === 'contact_mailboxes') await sendAgain(tx, application);
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
