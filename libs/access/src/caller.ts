import type { MemberStanding, PersonStanding } from '#libs/membership';
import type { Role } from './roles.js';

/** Who calls: nobody known, an applicant, a member's machine, or a person who has logged in. */
export type Caller =
  | { readonly role: 'anonymous' }
  /** Id of the application whose secret was shown. */
  | { readonly role: 'applicant'; readonly application: string }
  | { readonly role: 'member'; readonly member: MemberStanding }
  | { readonly role: 'person'; readonly person: PersonStanding };

/** All roles of a caller. What any of them may do, the caller may. */
export function rolesOf(caller: Caller): readonly Role[] {
  if (caller.role !== 'person') return [caller.role];
  const { roles, member } = caller.person;
  return ['person', ...roles, ...(member === null ? [] : (['member_admin'] as const))];
}
