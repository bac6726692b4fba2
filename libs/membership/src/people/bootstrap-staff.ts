import { requestStatement } from '#libs/ledger';
import type { Actor, Database, Tx } from '#libs/platform';
import { refused, type AdministrationFailure, type AdministrationResult } from '../administration-result.js';
import { issueInvitation, type IssuedInvitation } from './invitations.js';
import type { Identity } from './person-directory.js';
import { changeRole, lockStaff } from './role-history.js';
import type { StaffRole } from './roles.js';

/** As many as the statement can name (docs/protocol-submission.md, `bootstrap`). */
const MOST_STAFF = 100;

/** The first staff of a hub: roles to invite for, and roles for people whose identity is known. */
export interface FirstStaff {
  readonly invite: readonly StaffRole[];
  readonly give: readonly { readonly role: StaffRole; readonly identity: Identity }[];
}

/**
 * Makes the first staff, by the word of whoever runs the machine. It works while nobody has ever had a role of staff; until then it can be
 * done again, and invitations of an earlier time are taken back. Two people at least, one of them an approver: or no act of two could
 * be done, and nobody could be added. Each time is logged: how many, not who.
 */
export async function bootstrapStaff(
  database: Database,
  actor: Actor,
  staff: FirstStaff,
): Promise<AdministrationResult<{ invitations: IssuedInvitation[] }>> {
  const wrong = requireEnough(staff);
  if (wrong !== null) return wrong;
  return database.transaction('bootstrap-staff', actor, async (tx) => {
    await lockStaff(tx);
    const rows = await tx.query(`SELECT 1 FROM cairn.role_change WHERE role <> 'member_admin' LIMIT 1`);
    if (rows.length > 0) {
      return refused('NOT_ALLOWED', 'staff', 'exist already: an approver of theirs invites others');
    }
    await tx.execute(
      `UPDATE cairn.invitation SET revoked_at = now()
        WHERE bootstrap_id IS NOT NULL AND accepted_at IS NULL AND revoked_at IS NULL`,
    );
    const [row] = await tx.query<{ id: number }>(
      'INSERT INTO cairn.staff_bootstrap (actor) VALUES ($1) RETURNING id',
      [actor],
    );
    const source = { bootstrap: row!.id };
    for (const { role, identity } of staff.give) {
      const person = await findOrMake(tx, identity);
      const reason = 'first staff';
      await changeRole(tx, { person, role, given: true, memberId: null, reason, source });
    }
    await requestStatement(tx, `bootstrap:${row!.id}`, { kind: 'bootstrap', staff: headcount(staff) });
    const invitations: IssuedInvitation[] = [];
    for (const role of staff.invite) {
      invitations.push(await issueInvitation(tx, { role, memberId: null }, source));
    }
    return { ok: true, invitations };
  });
}

/** Each invitation is for another person; somebody can be given several roles. */
function headcount({ invite, give }: FirstStaff): number {
  const named = new Set(give.map(({ identity }) => JSON.stringify([identity.issuer, identity.subject])));
  return invite.length + named.size;
}

function requireEnough(staff: FirstStaff): AdministrationFailure | null {
  const { invite, give } = staff;
  if (headcount(staff) < 2) {
    return refused('BAD_INPUT', 'staff', 'must be two people at least, so that acts of two can be done');
  }
  if (headcount(staff) > MOST_STAFF)
    return refused('BAD_INPUT', 'staff', `must be at most ${MOST_STAFF} people`);
  const roles = [...invite, ...give.map(({ role }) => role)];
  return roles.includes('approver')
    ? null
    : refused('BAD_INPUT', 'staff', 'must include an approver, who can invite others');
}

/** The subject stands for the name until the first login brings one. */
async function findOrMake(tx: Tx, { issuer, subject }: Identity): Promise<number> {
  await tx.execute(
    `INSERT INTO cairn.person (issuer, subject, name) VALUES ($1, $2, $2) ON CONFLICT (issuer, subject) DO NOTHING`,
    [issuer, subject],
  );
  const [row] = await tx.query<{ id: number }>(
    'SELECT id FROM cairn.person WHERE issuer = $1 AND subject = $2',
    [issuer, subject],
  );
  return row!.id;
}
