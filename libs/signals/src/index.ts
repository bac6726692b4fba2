export {
  changedParts,
  hashTouchedBuckets,
  readChanges,
  writeRecords,
  type BucketHashes,
  type RecordPart,
} from './changed-records.js';
export { EFFECTS, type Effect } from './effects.js';
export { internSignals } from './intern-signals.js';
export { projectNext, type ProjectionStep } from './projector.js';
export { requestDueTick } from './request-tick.js';
