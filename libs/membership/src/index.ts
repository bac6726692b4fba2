export type { AdministrationFailure, AdministrationResult } from './administration-result.js';
export { applyMembershipStatement, type MembershipStatement } from './apply-statement.js';
export { ChannelAdministration, setChannelRight, type RightTerms } from './channel-administration.js';
export {
  CONFORMANCE_DAYS,
  findConformancePass,
  type ConformancePass,
} from './conformance/conformance-pass.js';
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
