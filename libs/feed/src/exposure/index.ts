export { accessHorizon, listExposure, type ExposureFilter, type MemberExposure } from './list-exposure.js';
export type { RecordChange } from './record-change.js';
export { RecordFinder, type RecordHistory, type SignedChange } from './record-finder.js';
