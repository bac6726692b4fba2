import type { Tx } from '#libs/platform';
import type { PersonRole } from './roles.js';

/** Where a giving or taking comes from: a person, or the bootstrap of a hub without staff. */
export type RoleSource = { readonly person: number } | { readonly bootstrap: number };

export interface RoleChange {
  readonly person: number;
  readonly role: PersonRole;
  readonly given: boolean;
  /** Of the member that is administered; null for roles of staff. */
  readonly memberId: number | null;
  readonly reason: string;
  readonly source: RoleSource;
  readonly invitation?: number;
}

/**
 * Lets acts on staff follow one another: whether an approver would be left, and whether somebody holds a role already, is read before it
 * is changed. Held until the transaction ends.
 */
export async function lockStaff(tx: Tx): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtext('cairn.role_change'))`);
}

/** Adds to the history of a person's roles, under `lockStaff`; false when that is how things stand already. */
export async function changeRole(tx: Tx, change: RoleChange): Promise<boolean> {
  const { person, role, given, memberId, reason, source, invitation = null } = change;
  const byPerson = 'person' in source ? source.person : null;
  const bootstrap = 'bootstrap' in source ? source.bootstrap : null;
  const rows = await tx.query(
    `INSERT INTO cairn.role_change (person_id, role, ordinal, given, member_id, reason, by_person, invitation_id, bootstrap_id)
      SELECT $1, $2, latest.ordinal + 1, $3, $4, $5, $6, $7, $8
        FROM (SELECT coalesce(max(ordinal), 0) AS ordinal FROM cairn.role_change WHERE person_id = $1 AND role = $2) latest
       WHERE $3 = (latest.ordinal % 2 = 0)
      RETURNING id`,
    [person, role, given, memberId, reason, byPerson, invitation, bootstrap],
  );
  return rows.length > 0;
}

/** Approvers who are not disabled, but for one person. */
export async function otherApprovers(tx: Tx, person: number): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM cairn.role_held h JOIN cairn.person p ON p.id = h.person_id
      WHERE h.role = 'approver' AND NOT p.disabled AND p.id <> $1`,
    [person],
  );
  return row!.count;
}
