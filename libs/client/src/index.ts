export { ApplicantClient } from './application/applicant-client.js';
export type { TrailEvent } from './audit/audit-chain.js';
export { readAccessHistory, type ServedAccess } from './audit/access-history.js';
export type { AuditTrail } from './audit/audit-trail.js';
export { findErasableLines } from './audit/erasable-lines.js';
export {
  readExposure,
  type ExposedMember,
  type ExposedPerson,
  type ExposureChange,
  type SignalExposure,
} from './audit/signal-exposure.js';
export type { TracedEvent, TracedSignal } from './audit/signal-history.js';
export { traceSignal, type Trace, type TraceGap } from './audit/trace-signal.js';
export { CairnClient } from './cairn-client.js';
export type { CairnClientOptions, PullOptions, WaitOptions, WhoAmI } from './client-options.js';
export { ClientError, type ClientErrorCode, type ClientErrorKind } from './client-error.js';
export type { ConformanceProgress, ConformanceResult } from './conformance/conformance-run.js';
export type { JudgedStep } from './conformance/hub-conformance.js';
export type { AllianceDirectory, AllianceMember } from './directory.js';
export { ANCHOR_EVIDENCE, checkAnchorEvidence, type CheckedAnchor } from './evidence/anchor-evidence.js';
export type { StoredAlarm } from './evidence/alarm-file.js';
export { checkEvidence, type AnyEvidence } from './evidence/check-evidence.js';
export { KeptEvidence, type KeptFile } from './evidence/kept-evidence.js';
export { HEADS_VERSION } from './heads/heads-document.js';
export type { HeadComparison, HeldHead, MemberHeads } from './heads/member-heads.js';
export { checkForkEvidence, FORK_EVIDENCE, type CheckedFork } from './evidence/fork-evidence.js';
export type { OpenedHead } from './evidence/signed-head.js';
export type { AnchoredHead } from './anchor/anchor-state.js';
export { readHubPolicy, type HubPolicy } from './config/hub-policy.js';
export { MemberHome, type MemberConfig } from './config/member-home.js';
export type { Operation } from './http/graphql.js';
export type { HttpOptions } from './http/http-client.js';
export { MemberKeys, type HubKey, type RegisteredKey } from './person/member-keys.js';
export { rotateKey, type RotationOptions, type RotationResult } from './person/rotate-key.js';
export {
  PersonClient,
  type LoginOptions,
  type PersonClientOptions,
  type Viewer,
} from './person/person-client.js';
export {
  checkEntryProof,
  proofTrust,
  type CheckedEntryProof,
  type WantedEntry,
} from './provenance/entry-proofs.js';
export type { PulledType, PullProgress, PullResult } from './pull/pull-feed.js';
export type { Difference, DifferenceKind } from './replay/difference.js';
export { withoutValue } from './replay/replay-evidence.js';
export type { ReplayRunOptions } from './replay/replay-hub.js';
export type { ReplayProgress, ReplayReport, ReplayTiming, ReplayTrust } from './replay/replay-report.js';
export { HashStore, type StoredFeed, type StoreFilter } from './store/hash-store.js';
export type { StoreRecord } from './store/store-record.js';
export { verifyStoredNotes } from './store/stored-notes.js';
export type { EntryDraft, EntryPlace } from './submit/entry-draft.js';
export type { EntryOutcome, HubSubmission, SubmissionState } from './submit/hub-submissions.js';
export type { UnprovedPromise } from './submit/outbox.js';
export { checkPromiseEvidence, type CheckedEvidence } from './submit/promise-evidence.js';
export type { Receipt } from './submit/receipt.js';
export type { ReportedOutcome, SubmissionReport } from './submit/submission-report.js';
export type { SubmitOptions, SubmitProgress, SubmitResult } from './submit/submit-run.js';
