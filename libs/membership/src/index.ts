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
export * from './application/index.js';
