import { ClientError } from '../client-error.js';
import type { GraphqlClient } from '../http/graphql.js';
import { hubText } from '../http/hub-text.js';
import type { FeedGrant } from './feed-access.js';

const FEED = `query Feed($id: ID!) {
  feed(id: $id) {
    __typename
    ... on Feed { ticket { prefix expiresAt } policy { labels { code label } } }
  }
}`;

/**
 * Asks for a ticket to a feed, and what its labels are called.
 *
 * @throws ClientError `NOT_FOUND`, or as asking does
 */
export async function requestGrant(graphql: GraphqlClient, feed: string): Promise<FeedGrant> {
  const subject = `feed ${feed}`;
  const data = await graphql.run({ query: FEED, variables: { id: feed }, subject });
  const found = data.object('feed');
  if (found.text('__typename') !== 'Feed') {
    throw new ClientError('NOT_FOUND', subject, 'the hub has no such feed for this member');
  }
  const ticket = found.object('ticket');
  const labels = found
    .object('policy')
    .objects('labels')
    .map((label) => [label.integer('code'), hubText(label.text('label'))] as const);
  return {
    ticket: { prefix: ticket.text('prefix'), expiresAt: ticket.time('expiresAt') },
    labels: new Map(labels),
  };
}
