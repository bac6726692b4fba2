export { forgetFeedAccess } from './forget-feed-access.js';
export {
  listFeedAccess,
  type FeedAccess,
  type FeedAccessFilter,
  type RoundRange,
} from './list-feed-access.js';
export { recordFeedAccess, type FeedAccessWay, type ServedRange } from './record-feed-access.js';
