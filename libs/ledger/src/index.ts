export { appendLeaves, createLog, lockLog } from './append-leaves.js';
export { auditLog, type LogAudit } from './audit-log.js';
export { CheckpointPublisher, type RefusedLog } from './checkpoint-publisher.js';
export type { CheckpointSigner, SigningRefusal, SigningResult } from './checkpoint-signer.js';
export { LocalCheckpointSigner } from './local-checkpoint-signer.js';
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
export { databaseTime, Sequencer, type SubmissionFinaliser } from './sequencer.js';
