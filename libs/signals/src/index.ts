export {
  changedParts,
  touchedChannels,
  readChanges,
  writeRecords,
  type BucketedChange,
  type RecordPart,
} from './changed-records.js';
export { effectCode, EFFECTS, type Effect } from './effects.js';
export { deleteErasedRecords } from './erase-lines.js';
export { findEntriesAbout, type EntryPlace } from './entries-about.js';
export { internSignals, type SignalIds } from './intern-signals.js';
export { markErasedLines } from './mark-erased.js';
export { projectNext, type ProjectionStep } from './projector.js';
export { readBuckets } from './read-buckets.js';
export { requestDueTick } from './request-tick.js';
export { countSignalPurges, deleteUnusedSignals, holdSignals } from './signal-purges.js';
