import type { GraphqlClient } from '../http/graphql.js';
import type { HttpClient } from '../http/http-client.js';
import type { FetchFile } from '../log/static-log.js';
import { FeedAccess } from './feed-access.js';
import { requestGrant } from './request-grant.js';

/** Files of a feed that a member receives. */
export function feedFiles(options: {
  readonly http: HttpClient;
  readonly graphql: GraphqlClient;
  readonly baseUrl: string;
  readonly feed: string;
  /** Directory for the ticket. */
  readonly directory: string;
}): FetchFile {
  return new FeedAccess({ ...options, requestGrant: (id) => requestGrant(options.graphql, id) }).fetchFile;
}
