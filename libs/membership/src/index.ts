export type { AdministrationFailure, AdministrationResult } from './administration-result.js';
export { applyMembershipStatement, type MembershipStatement } from './apply-statement.js';
export { ChannelAdministration } from './channel-administration.js';
export { MemberAdministration, type NewMember } from './member-administration.js';
export {
  activeKeys,
  channelsOf,
  findChannelAccess,
  findKey,
  findStanding,
  type ChannelAccess,
  type MemberKey,
  type MemberStanding,
} from './member-directory.js';
export {
  readPublicDirectory,
  type DirectoryKey,
  type DirectoryMember,
  type PublicDirectory,
} from './public-directory.js';
export { bootstrapStaff, type FirstStaff } from './people/bootstrap-staff.js';
export { INVITATION_DAYS, Invitations, type IssuedInvitation } from './people/invitations.js';
export {
  findPerson,
  listStaff,
  recordLogin,
  type Identity,
  type PersonStanding,
  type Profile,
} from './people/person-directory.js';
export { STAFF_ROLES, type PersonRole, type StaffRole } from './people/roles.js';
export { StaffAdministration, type PersonResult, type StaffAct } from './people/staff-administration.js';
export * from './application/index.js';
export * from './application-checks/index.js';
