import type { Tx } from '#libs/platform';
import { personOf, requireApplicationId, type By } from './act.js';
import { ActRefused } from './application-result.js';
import type { ApplicationState } from './diagram.js';

/** What goes with a move. */
export interface MoveFacts {
  /** One of the target state's reasons, where it has any. */
  reason?: string | null;
  /** Free text for staff and applicant, 1 to 4000 characters. */
  note?: string | null;
  /** SHA-256 in hex of the report that the move rests on. */
  evidence?: string | null;
}

/**
 * Moves an application, and its state with it. Whether there is such a move, who may make it and what must hold before is the
 * database's to say. Without `from`, from wherever it stands.
 *
 * @throws ActRefused NOT_FOUND; a database error that names the broken rule
 */
export async function recordMove(
  tx: Tx,
  by: By,
  application: string,
  to: ApplicationState,
  { reason = null, note = null, evidence = null }: MoveFacts = {},
  from: ApplicationState | null = null,
): Promise<{ from: ApplicationState; state: ApplicationState }> {
  requireApplicationId(application);
  const [row] = await tx.query<{ from: ApplicationState }>(
    `INSERT INTO cairn.application_move (application_id, from_state, to_state, person_id, reason_code, note, evidence)
      SELECT id, coalesce($2, state), $3, $4, $5, $6, decode($7, 'hex') FROM cairn.application WHERE id = $1
      RETURNING from_state AS "from"`,
    [application, from, to, personOf(by), reason, note, evidence],
  );
  if (row === undefined) throw new ActRefused('NOT_FOUND', 'application', 'is not known');
  return { from: row.from, state: to };
}
