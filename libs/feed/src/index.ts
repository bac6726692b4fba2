export { announceFeeds } from './announce-feeds.js';
export { FeedDeltaReader, type DeltaPart, type DeltaRange } from './feed-delta.js';
export { FeedReader, type FeedHead, type FeedSetHead } from './feed-reader.js';
export { readPackBytes } from './pack-reader.js';
export { RoundPublisher, type RoundPublisherOptions } from './round-publisher.js';
