export { actorOf, requireApplicationId, type By } from './act.js';
export { AdmissionPolicies, currentAdmissionPolicy, type AdmissionPolicy } from './admission-policy.js';
export { Agreements, currentAgreement, type Agreement, type NewAgreement } from './agreements.js';
export {
  readApplicationDocument,
  versionDigest,
  type ApplicationDocument,
  type Recommendation,
} from './application-document.js';
export {
  listApplications,
  readChecklist,
  type ApplicationSummary,
  type ChecklistItem,
} from './application-reader.js';
export {
  ActRefused as ApplicationRefusal,
  type ApplicationFailure,
  type ApplicationResult,
} from './application-result.js';
export {
  ApplicationReview,
  CHECK_OUTCOMES,
  type CheckOutcome,
  type CheckResult,
} from './application-review.js';
export { Applications, findApplicationByToken } from './applications.js';
export {
  ATTESTATION_TOPICS,
  Attestations,
  type AttestationAnswers,
  type AttestationTopic,
} from './attestations.js';
export { act } from './act.js';
export { canonicalJson } from './canonical-json.js';
export { Decisions, type ApplicationForDecision, type Proposal } from './decisions.js';
export {
  APPLICATION_STATES,
  MEMBER_STATES,
  REASONS,
  TRANSITIONS,
  type ApplicationState,
  type Mover,
  type Reason,
  type Transition,
} from './diagram.js';
export {
  ApplicationDocuments,
  DOCUMENT_LIMITS,
  MEDIA_TYPES,
  type MediaType,
  type StoredDocument,
} from './documents.js';
export { Endorsements } from './endorsements.js';
export { MemberPath, type StaffOrHub } from './member-path.js';
export { sweepMemberships, type SweptMemberships } from './membership-sweep.js';
export { OBJECTION_CODES, Objections, type ObjectionCode } from './objections.js';
export {
  FINDINGS,
  VOLUNTARY_PRINCIPLES,
  type Finding,
  type PrincipleStanding,
  type VoluntaryPrinciple,
} from './principles.js';
export { profileSchema, type ApplicationProfile, type ChannelRights } from './profile.js';
export { prose, readInput, type Signatory } from './read-input.js';
