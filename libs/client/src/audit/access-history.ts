import type { AskHub } from '../http/graphql.js';
import type { AnswerObject } from '../http/json-answer.js';
import { nodesOf, readPages } from '../http/read-pages.js';

/** What a member was served in one way within one hour; the members are those of `FeedAccess` in `schema.graphql`. */
export interface ServedAccess {
  readonly member: string;
  readonly way: string;
  readonly type: string | null;
  readonly rounds: readonly { readonly from: number; readonly to: number }[];
  /** Unix milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** End of the latest ticket; null of the other ways. */
  readonly until: string | null;
  readonly count: number;
}

const HISTORY = `query AccessHistory($channel: ID!, $member: ID, $first: Int!, $after: String) {
  accessHistory(channel: $channel, member: $member, first: $first, after: $after) {
    __typename
    edges { node { member way type rounds { from to } firstAt lastAt until count } }
    pageInfo { hasNextPage endCursor }
  }
}`;

const PAGE = 1000;

/**
 * Reads who was served which rounds of a feed, page after page; nothing for a channel or member that there is not.
 *
 * @param member name of a member; null for all
 * @throws ClientError as `ask` does
 */
export async function readAccessHistory(
  ask: AskHub,
  channel: string,
  member: string | null,
): Promise<ServedAccess[]> {
  const subject = `access history of channel ${channel}`;
  const found: ServedAccess[] = [];
  const variables = { channel, member, first: PAGE };
  for await (const page of readPages(ask, { query: HISTORY, variables, subject }))
    found.push(...nodesOf(page).map(readAccess));
  return found;
}

function readAccess(node: AnswerObject): ServedAccess {
  return {
    member: node.text('member'),
    way: node.text('way').toLowerCase(),
    type: node.optionalText('type'),
    rounds: node.objects('rounds').map((range) => ({ from: range.integer('from'), to: range.integer('to') })),
    firstAt: node.time('firstAt'),
    lastAt: node.time('lastAt'),
    until: node.optionalText('until'),
    count: node.integer('count'),
  };
}
