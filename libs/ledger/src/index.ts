export { appendLeaves, createLog, lockLog } from './append-leaves.js';
export { auditLog, type LogAudit } from './audit-log.js';
export { CheckpointPublisher, type RefusedLog } from './checkpoint-publisher.js';
export {
  latestCheckpoint,
  readLeaves,
  readLeavesAt,
  readProofText,
  readProofTexts,
  readStatements,
  readTileResource,
  rootAt,
  type PublishedHead,
} from './log-reader.js';
export { feedOrigin, provenanceOrigin, type LogRow } from './log-row.js';
export {
  findRequestedStatement,
  PENDING_CHANNEL,
  requestRevocationFromItself,
  requestStatement,
  requestSubmissionStatement,
  type SubmissionPlace,
} from './pending-statements.js';
export { databaseTime, Sequencer, type StatementFinaliser } from './sequencer.js';
export type {
  CheckpointSigner,
  EntrySource,
  SigningRefusal,
  SigningRequest,
  SigningResult,
} from './signer/checkpoint-signer.js';
export { LocalCheckpointSigner } from './signer/local-checkpoint-signer.js';
export { RemoteCheckpointSigner } from './signer/remote-checkpoint-signer.js';
export {
  isAuthorized,
  LOG_PATH,
  SIGN_PATH,
  signerAddress,
  type SignerAddress,
} from './signer/signer-protocol.js';
export { recomputePublishedHeads } from './published-heads.js';
export {
  EMPTY_HEAD,
  FileSignerRecord,
  signerRecordPath,
  SignerRecordError,
  type SignedHead,
  type SignerRecord,
} from './signer/signer-record.js';
