import type { Tx } from '#libs/platform';
import type { MemberStanding } from '../member-directory.js';
import { STAFF_ROLES, type StaffRole } from './roles.js';

/** Who somebody is, as the OpenID Connect provider says (OpenID Connect Core §5.7). */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

/** An identity with what is shown of it to people. */
export interface Profile extends Identity {
  readonly name: string;
  readonly email: string | null;
}

/** A person as it stands now. */
export interface PersonStanding extends Profile {
  readonly id: number;
  readonly disabled: boolean;
  /** In the order of `STAFF_ROLES`. */
  readonly roles: readonly StaffRole[];
  /** The member that the person administers, whatever its standing. */
  readonly member: MemberStanding | null;
}

type PersonRow = Omit<PersonStanding, 'roles'> & { roles: string[] };

const PERSON = `
  SELECT p.id, p.issuer, p.subject, p.name, p.email, p.disabled,
         ARRAY(SELECT role FROM cairn.role_held WHERE person_id = p.id) AS roles,
         (SELECT json_build_object('id', m.id, 'member', m.handle, 'name', m.name, 'kind', m.kind, 'group', m.control_group,
                   'accredited', m.accredited, 'status', m.standing)
            FROM cairn.role_held h JOIN cairn.member m ON m.id = h.member_id WHERE h.person_id = p.id) AS member
    FROM cairn.person p`;

/** The person with that id, or null. */
export async function findPerson(tx: Tx, id: number): Promise<PersonStanding | null> {
  const [row] = await tx.query<PersonRow>(`${PERSON} WHERE p.id = $1`, [id]);
  return row === undefined ? null : toPerson(row);
}

/** Everybody who has a role of staff, by name; the disabled too. */
export async function listStaff(tx: Tx): Promise<PersonStanding[]> {
  const rows = await tx.query<PersonRow>(
    `${PERSON} WHERE p.id IN (SELECT person_id FROM cairn.role_held WHERE role <> 'member_admin') ORDER BY p.name, p.id`,
  );
  return rows.map(toPerson);
}

/**
 * Takes note that somebody logged in: makes the person at the first time, and keeps name and e-mail address up to date.
 *
 * @returns null for a person who is disabled
 */
export async function recordLogin(tx: Tx, profile: Profile): Promise<{ id: number } | null> {
  const { issuer, subject, name, email } = profile;
  const [row] = await tx.query<{ id: number; disabled: boolean }>(
    `INSERT INTO cairn.person (issuer, subject, name, email) VALUES ($1, $2, $3, $4)
      ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name, email = excluded.email
      RETURNING id, disabled`,
    [issuer, subject, name, email],
  );
  return row!.disabled ? null : { id: row!.id };
}

function toPerson({ roles, ...row }: PersonRow): PersonStanding {
  return { ...row, roles: STAFF_ROLES.filter((role) => roles.includes(role)) };
}
