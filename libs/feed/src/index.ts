export { announceFeeds } from './announce-feeds.js';
export { RoundPublisher } from './round-publisher.js';
