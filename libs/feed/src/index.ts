export {
  forgetFeedAccess,
  listFeedAccess,
  recordFeedAccess,
  type FeedAccess,
  type FeedAccessFilter,
  type FeedAccessWay,
  type RoundRange,
  type ServedRange,
} from './access-history/index.js';
export { announceFeeds } from './announce-feeds.js';
export {
  accessHorizon,
  listExposure,
  RecordFinder,
  type ExposureFilter,
  type MemberExposure,
  type RecordHistory,
  type SignedChange,
} from './exposure/index.js';
export { FeedDeltaReader, type DeltaPart, type DeltaRange } from './feed-delta.js';
export { FeedReader, type FeedHead, type FeedSetHead } from './feed-reader.js';
export { HorizonMover, HorizonsFailed } from './horizon/index.js';
export { isDeletedPack, ServedPacks, type ServedPack } from './served-packs.js';
export { RoundPublisher, type RoundPublisherOptions } from './round-publisher.js';
