import type { Database, Tx } from '#libs/platform';
import { refused, type AdministrationFailure, type AdministrationResult } from '../administration-result.js';
import { findPerson, type PersonStanding } from './person-directory.js';
import { requireReason } from './reason.js';
import { changeRole, lockStaff, otherApprovers } from './role-history.js';
import type { StaffRole } from './roles.js';

/** An act on another person: who acts, on whom, and why. */
export interface StaffAct {
  /** Id of the person who acts. */
  readonly by: number;
  /** Id of the person it is about. */
  readonly person: number;
  /** 1 to 200 printable characters. */
  readonly reason: string;
}

export type PersonResult = AdministrationResult<{ person: PersonStanding }>;

/**
 * Acts of approvers on staff. None is on oneself, and one approver at least is always left, or nobody could act again. Each adds a row
 * to a history; what holds already is refused. That the one who acts is an approver is asked again in the transaction of the act.
 */
export class StaffAdministration {
  constructor(private readonly database: Database) {}

  /** Gives a role of staff. */
  giveRole(act: StaffAct, role: StaffRole): Promise<PersonResult> {
    return this.act('give-staff-role', act, async (tx, person) => {
      if (person.disabled) return refused('NOT_ALLOWED', 'person', 'is disabled');
      const changed = await changeRole(tx, roleChange(act, role, true));
      return changed ? null : refused('NOT_ALLOWED', 'role', 'is held by that person already');
    });
  }

  /** Takes a role of staff. It acts on the next request of that person. */
  takeRole(act: StaffAct, role: StaffRole): Promise<PersonResult> {
    return this.act('take-staff-role', act, async (tx) => {
      if (role === 'approver' && (await otherApprovers(tx, act.person)) === 0) return LAST_APPROVER;
      const changed = await changeRole(tx, roleChange(act, role, false));
      if (!changed) return refused('NOT_ALLOWED', 'role', 'is not held by that person');
      await revokeInvitationsOf(tx, act.person);
      return null;
    });
  }

  /** Takes the administration of its member from a person. */
  takeMember(act: StaffAct): Promise<PersonResult> {
    return this.act('take-member-administration', act, async (tx, { member }) => {
      if (member === null) return refused('NOT_ALLOWED', 'person', 'administers no member');
      const { person, by, reason } = act;
      const source = { person: by };
      await changeRole(tx, {
        person,
        role: 'member_admin',
        given: false,
        memberId: member.id,
        reason,
        source,
      });
      await revokeInvitationsOf(tx, person);
      return null;
    });
  }

  /** Disables a person: its sessions end at once, and it cannot log in. Roles stay, for the time when it is enabled again. */
  disable(act: StaffAct): Promise<PersonResult> {
    return this.act('disable-person', act, async (tx) => {
      if ((await otherApprovers(tx, act.person)) === 0) return LAST_APPROVER;
      if (!(await setDisabled(tx, act, true))) return refused('NOT_ALLOWED', 'person', 'is disabled already');
      // Whoever is enabled again logs in again.
      await tx.execute('DELETE FROM cairn.session WHERE person_id = $1', [act.person]);
      await tx.execute('DELETE FROM cairn.terminal_code WHERE person_id = $1', [act.person]);
      await revokeInvitationsOf(tx, act.person);
      return null;
    });
  }

  /** Lets a person in again. */
  enable(act: StaffAct): Promise<PersonResult> {
    return this.act('enable-person', act, async (tx) =>
      (await setDisabled(tx, act, false)) ? null : refused('NOT_ALLOWED', 'person', 'is not disabled'),
    );
  }

  private async act(
    name: string,
    { by, person, reason }: StaffAct,
    change: (tx: Tx, person: PersonStanding) => Promise<AdministrationFailure | null>,
  ): Promise<PersonResult> {
    const wrong = requireReason(reason);
    if (wrong !== null) return wrong;
    return this.database.transaction(name, `person:${by}`, async (tx) => {
      await lockStaff(tx);
      const actor = await findPerson(tx, by);
      if (actor === null || actor.disabled || !actor.roles.includes('approver')) {
        return refused('NOT_ALLOWED', 'caller', 'must be an approver');
      }
      const found = await findPerson(tx, person);
      if (found === null) return refused('NOT_FOUND', 'person', 'is not known to this hub');
      if (person === by) return refused('NOT_ALLOWED', 'person', 'must be somebody else');
      const failure = await change(tx, found);
      return failure ?? { ok: true, person: (await findPerson(tx, person))! };
    });
  }
}

const LAST_APPROVER = refused('NOT_ALLOWED', 'person', 'must leave an approver who is not disabled');

function roleChange({ person, by, reason }: StaffAct, role: StaffRole, given: boolean) {
  return { person, role, given, memberId: null, reason, source: { person: by } };
}

/** Whoever loses a right must not give it on by an invitation that is under way. */
async function revokeInvitationsOf(tx: Tx, person: number): Promise<void> {
  await tx.execute(
    'UPDATE cairn.invitation SET revoked_at = now() WHERE by_person = $1 AND accepted_at IS NULL AND revoked_at IS NULL',
    [person],
  );
}

/** False when that is how things stand already. */
async function setDisabled(tx: Tx, { person, by, reason }: StaffAct, disabled: boolean): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO cairn.person_disablement (person_id, ordinal, disabled, reason, by_person)
      SELECT $1, latest.ordinal + 1, $2, $3, $4
        FROM (SELECT coalesce(max(ordinal), 0) AS ordinal FROM cairn.person_disablement WHERE person_id = $1) latest
       WHERE $2 = (latest.ordinal % 2 = 0)
      RETURNING ordinal`,
    [person, disabled, reason, by],
  );
  if (rows.length === 0) return false;
  await tx.execute('UPDATE cairn.person SET disabled = $2 WHERE id = $1', [person, disabled]);
  return true;
}
