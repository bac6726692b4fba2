export { StrictJsonError, type StrictJsonErrorCode } from './strict-json-error.js';
export { isJsonObject, type JsonObject, type JsonValue } from './strict-json-value.js';
export { decodeUtf8, parseStrictJson, type StrictJsonLimits } from './strict-json.js';
export { fromHex, toHex } from './hex.js';
export { requireCode, requireName, requireText } from './fields.js';
export { parseJsonBytes } from './json-bytes.js';
export {
  CONFORMANCE_STEPS,
  CONFORMANCE_TYPE,
  CONFORMANCE_WINDOW,
  conformanceAnswer,
  SANDBOX,
  type ConformanceStep,
} from './conformance.js';
export { LIMITS } from './limits.js';
export { ProtocolError, type ProtocolErrorCode, type ProtocolProblem } from './protocol-error.js';
export { signalTypeByCode, signalTypeByName, SIGNAL_TYPES } from './signal-types/registry.js';
export type { ParsedValue, SignalType } from './signal-types/signal-type.js';
export { dayStart, formatDay, parseDay } from './submission/day.js';
export {
  DECISION_CODES,
  decisionLine,
  decisionsRoot,
  readDecisionLine,
  VERDICTS,
  type Decision,
  type DecisionCode,
  type Verdict,
} from './submission/decisions.js';
export { MEDIA, readEntry, type AssertEntry, type Entry, type RetractEntry } from './submission/entry.js';
export {
  joinErasedLines,
  lineLeafHashes,
  type ErasedLineHash,
  type KeptLines,
} from './submission/erased-lines.js';
export { linesRoot, parseEntries, parseEntry, splitLines, type Lines } from './submission/lines.js';
export {
  MANIFEST_TYP,
  readManifest,
  requireOrigin,
  type LogHead,
  type Manifest,
} from './submission/manifest.js';
export { MAX_PROMISE_BYTES, PROMISE_TYP, readPromise, type SubmissionPromise } from './submission/promise.js';
export {
  OPERATIONS,
  RESERVED_OPERATIONS,
  RETRACTION_REASONS,
  type Operation,
  type RetractionReason,
} from './submission/operations.js';
export { DIRECTORY_TYP } from './directory.js';
export {
  decodeEntryProof,
  encodeEntryProof,
  MAX_ENTRY_PROOF_BYTES,
  readProvedDecision,
  type EntryProof,
  type ProvedAuthor,
  type ProvedDecision,
  type ProvedLeaf,
} from './entry-proof/entry-proof.js';
export { DecisionTree } from './entry-proof/decision-tree.js';
export { KEY_STANDING_TYP, readKeyStanding, type KeyStanding } from './entry-proof/key-standing.js';
export { openLeaf, type OpenedLeaf, type ProofTrust, type VerifyToken } from './entry-proof/open-leaf.js';
export type { VerifiedAuthor } from './entry-proof/verify-author.js';
export { verifyDecision, type ShownDecision, type VerifiedDecision } from './entry-proof/verify-decision.js';
export { verifyEntryProof, type VerifiedEntryProof } from './entry-proof/verify-entry-proof.js';
export {
  decodeDecisionColumn,
  encodeDecisionColumn,
  LINE_OF_DECISION_BYTES,
} from './evidence/decision-column.js';
export {
  decodeEvidence,
  encodeEvidence,
  MAX_EVIDENCE_BYTES,
  type EvidenceFile,
  type ShownSubmission,
} from './evidence/evidence-file.js';
export { readAdmissionPolicy, type AdmissionPolicy } from './statement/admission-policy.js';
export {
  ENDORSEMENT_TYP,
  readEndorsement,
  RELATIONSHIPS,
  type Endorsement,
  type Relationship,
} from './endorsement.js';
export { keepsLabels, readChannelPolicy, TLP, type ChannelPolicy } from './statement/channel-policy.js';
export {
  checkEvidence,
  checkSubmission,
  type CheckedEvidence,
  type CheckedSubmission,
  type EvidenceBytes,
  type NamedLines,
  type SubmissionBytes,
  type VerifyManifest,
} from './statement/check-submission.js';
export {
  commitment,
  decodeAuthor,
  decodeContent,
  encodeAuthor,
  encodeContent,
  type AuthorBody,
  type ContentBody,
} from './statement/commitments.js';
export { jwkThumbprint } from './statement/jwk.js';
export { checkRelayedSubmission, type RelayedReference, type RelayTrust } from './statement/relayed.js';
export { decodeStatement, encodeStatement, RESERVED_KINDS } from './statement/statement-codec.js';
export { comparePlaces, MOST_ERASED_LINES } from './statement/erased-places.js';
export * from './statement/statement.js';
export { applyToSignals, requireChain } from './projection/apply-effect.js';
export { noteErasedLines, type ErasedDecision } from './projection/apply-erasure.js';
export {
  erasedOf,
  ineffectiveness,
  requireDecisions,
  type Ineffective,
  type SubmissionEvidence,
} from './projection/apply-submission.js';
export { evaluateClaims, type StandingClaim } from './projection/evaluate.js';
export {
  applyToDirectory,
  countRecords,
  passStatement,
  project,
  PROJECTION_VERSION,
  type ProjectionInput,
} from './projection/project.js';
export type { PlacedEntry, SignalEffect } from './projection/signal-effect.js';
export * from './projection/state.js';
export { meetsState, StateEncoder } from './state/state-encoder.js';
export {
  MAX_STATE_LEAF_BYTES,
  STATE_CHUNKS,
  STATE_LEAVES,
  STATE_SALT_BYTES,
  stateChunkOf,
  stateRoot,
} from './state/state-leaves.js';
export { encodeStateDirectory } from './state/state-directory-encoder.js';
export { decodeStateDirectory } from './state/state-directory-decoder.js';
export { StateChunkDecoder, type StoredSignal } from './state/state-chunk-decoder.js';
export { addStateChunk, StateOpener } from './state/open-state.js';
export * from './feed/index.js';
