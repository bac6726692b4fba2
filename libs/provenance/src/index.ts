export type { EntryProverOptions } from './entry-proof/build-entry-proof.js';
export { EntryProver, type EntryProofResult, type ProofReader } from './entry-proof/entry-prover.js';
export type { WantedEntry } from './entry-proof/find-entry.js';
export {
  DecisionProver,
  listAuthorshipReads,
  readSignalHistory,
  type AuthorshipRead,
  type DecidedPlace,
  type EndedEntry,
  type EntryAuthor,
  type HistoryCursor,
  type HistoryEvent,
  type HistoryEventKind,
  type HistoryQuestion,
  type KeyStandingThen,
  type SignalHistory,
} from './history/index.js';

export {
  announceAudit,
  listAuditEvents,
  readAuditStatement,
  type AuditEvent,
  type LoggedAuditHead,
} from './audit/index.js';
export {
  listStates,
  makeState,
  readStateLeaf,
  readStateSalts,
  StateReader,
  type LoggedState,
  type MadeState,
  type StateAsker,
  type StateBytes,
  type StateSettings,
} from './state/index.js';

export {
  EvidenceReader,
  listEvidenceReads,
  MOST_INDEXES,
  type EvidenceAsker,
  type EvidenceRead,
} from './evidence/index.js';
export {
  listExposedPersons,
  type PersonExposure,
  type PersonExposureCursor,
  type PersonExposureFilter,
  type PersonExposureKind,
} from './exposure/index.js';
export {
  Erasures,
  findErasure,
  listErasures,
  purgeErased,
  type ErasureDocument,
  type ErasureProgress,
  type ErasureRequest,
  type PurgeSettings,
  type StoredErasure,
} from './erasure/index.js';
