export type { AdministrationFailure, AdministrationResult } from './administration-result.js';
export { applyMembershipStatement, type MembershipStatement } from './apply-statement.js';
export { ChannelAdministration } from './channel-administration.js';
export { setChannelRight, type ChannelRight, type RightBasis, type RightTerms } from './channel-right.js';
export { findConformancePass, type ConformancePass } from './conformance/conformance-pass.js';
export {
  CONFORMANCE_RUN_MINUTES,
  CONFORMANCE_RUNS_A_DAY,
  ConformanceRuns,
  type ConformanceRefusal,
  type ConformanceResult,
} from './conformance/conformance-runs.js';
export type { ConformanceRun, ConformanceState, JudgedStep } from './conformance/conformance-store.js';
export type { ConformanceQuestion, ConformanceTask } from './conformance/conformance-task.js';
export type {
  ConformanceFault,
  ConformanceReport,
  SandboxEvidence,
  SandboxSubmission,
} from './conformance/judge-step.js';
export { ensureSandbox, giveSandboxRight, sandboxPolicy } from './conformance/sandbox.js';
export { lockMember } from './lock-member.js';
export { MemberActs, type WaiverTerms } from './member-acts/member-acts.js';
export {
  findMemberRecord,
  listMemberActs,
  listMemberRecords,
  type MemberAct,
  type MemberRecord,
  type MemberRight,
  type MemberWaiver,
} from './member-acts/member-records.js';
export { recallMember, restateMember, setMemberStatus, stateMember } from './member-statements.js';
export type { KeyProofs } from './keys/check-key-proofs.js';
export {
  KeyLifecycle,
  keyHistory,
  type KeyEvent,
  type KeyState,
  type RevokeKey,
} from './keys/key-lifecycle.js';
export { openRegistrations, type KeyRoute, type OpenRegistration } from './keys/key-registration-rows.js';
export {
  CHALLENGE_SECONDS,
  KeyRegistrations,
  type KeyChallenge,
  type KeyName,
  type NewKey,
} from './keys/key-registrations.js';
export { KEYS_CHANNEL } from './keys/keys-channel.js';
export { KeySetFetcher, type FetchedKeySet, type KeySetFailure } from './keys/key-set-fetcher.js';
export { findKeySet, KeySets, type KeySetStanding } from './keys/key-sets.js';
export { readMemberKeys, type MemberKeyRecord, type RegistrationStanding } from './keys/member-keys.js';
export { KeyStatements } from './keys/key-statements.js';
export {
  activeKeys,
  channelsOf,
  findChannelAccess,
  findKey,
  findStanding,
  KEY_STANDS,
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
