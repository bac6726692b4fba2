export type { HeadMismatch } from './check-head.js';
export { listHeadMismatches, type ListedHeadMismatch } from './head-mismatches.js';
export { IntakeSweeper } from './intake-sweeper.js';
export { DamagedSubmissionError, SubmissionDecider } from './submission-decider.js';
export { IntakeFinaliser } from './submission-finaliser.js';
export { SubmissionReceiver, type ReceivedSubmission, type ReceiverOptions } from './submission-receiver.js';
export type {
  RefusalCode,
  SubmissionReceipt,
  SubmissionRefusal,
  SubmissionResult,
} from './submission-results.js';
