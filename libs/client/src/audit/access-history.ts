import type { JsonObject } from '#libs/protocol';
import type { Operation } from '../http/graphql.js';
import { AnswerObject } from '../http/json-answer.js';

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
  ask: (operation: Operation) => Promise<JsonObject>,
  channel: string,
  member: string | null,
): Promise<ServedAccess[]> {
  const subject = `access history of channel ${channel}`;
  const found: ServedAccess[] = [];
  for (let after: string | null = null; ;) {
    const variables = { channel, member, first: PAGE, after };
    const page: AnswerObject = new AnswerObject(await ask({ query: HISTORY, variables, subject }), subject);
    found.push(...page.objects('edges').map((edge) => readAccess(edge.object('node'))));
    const info = page.object('pageInfo');
    if (!info.boolean('hasNextPage')) return found;
    after = info.text('endCursor');
  }
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
