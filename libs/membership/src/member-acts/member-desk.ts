import type { Tx } from '#libs/platform';
import type { MemberKind, MemberStatus } from '#libs/protocol';
import { ActRefused } from '../application/application-result.js';
import type { ApplicationState } from '../application/diagram.js';
import { findPerson } from '../people/person-directory.js';

/** A member that staff act on. */
export interface ActedOn {
  id: number;
  kind: MemberKind;
  standing: MemberStatus;
  /** Where its application stands; null for a member that came without one. */
  state: ApplicationState | null;
}

/**
 * The member, when this person may act on it: an approver, asked again in the transaction of the act, without a stake in it.
 *
 * @throws ActRefused NOT_FOUND, NOT_ALLOWED
 */
export async function requireDesk(tx: Tx, person: number, member: string): Promise<ActedOn> {
  const actor = await findPerson(tx, person);
  if (actor === null || actor.disabled || !actor.roles.includes('approver'))
    throw new ActRefused('NOT_ALLOWED', 'caller', 'must be an approver');
  const [row] = await tx.query<ActedOn & { groups: string[] }>(
    `SELECT m.id, m.kind, m.standing, a.state, ARRAY[m.control_group, m.requested_group] AS groups
       FROM cairn.member m LEFT JOIN cairn.application a ON a.member_id = m.id WHERE m.handle = $1`,
    [member],
  );
  if (row === undefined) throw new ActRefused('NOT_FOUND', 'member', 'is not a member of this hub');
  const { groups, ...found } = row;
  if (actor.member !== null && (actor.member.id === found.id || groups.includes(actor.member.group))) {
    const rule = 'must not administer the organisation that is acted on, nor one under the same control';
    throw new ActRefused('NOT_ALLOWED', 'person', rule);
  }
  return found;
}
