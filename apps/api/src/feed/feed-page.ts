import { signCompactJws, type SigningKey } from '#libs/keys';
import type { FeedChange } from './feed-delta.types.js';

/** `typ` of a signed page. */
export const FEED_PAGE_TYP = 'cairn-feed-page+jws';

/** A page of a delta as resolvers pass it on; its signature is made when it is asked for. */
export interface DeltaPageView {
  __typename: 'FeedDeltaPage';
  feed: string;
  type: string;
  from: number;
  to: number;
  page: number;
  last: boolean;
  cursor: string | null;
  changes: FeedChange[];
  /** Set root at `to`, hex, on the last page. */
  setRoot: string | null;
}

/**
 * The page as a compact JWS. `filter` is null as long as pages are of whole types: only then does a set root mean anything.
 *
 * @param issuer origin of the hub
 * @param now Unix milliseconds
 */
export function signFeedPage(
  page: DeltaPageView,
  issuer: string,
  key: SigningKey,
  now: number,
): Promise<string> {
  const { feed, type, from, to, page: number, last, changes, setRoot } = page;
  const claims = { iss: issuer, feed, type, from, to, page: number, last, iat: Math.floor(now / 1000) };
  const payload = { ...claims, filter: null, changes, ...(setRoot === null ? {} : { setRoot }) };
  return signCompactJws({ typ: FEED_PAGE_TYP, payload, key });
}
