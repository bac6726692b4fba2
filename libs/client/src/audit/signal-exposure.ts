import type { AskHub } from '../http/graphql.js';
import type { AnswerObject } from '../http/json-answer.js';
import { nodesOf, readPages } from '../http/read-pages.js';
import { requireSignal, type TracedSignal } from './signal-history.js';

/** What a round did to the record; the members are those of `RecordChange` in `schema.graphql`. Times are Unix milliseconds. */
export interface ExposureChange {
  readonly round: number;
  readonly op: string;
  readonly signedAt: number;
}

/** That a member was served the value, or could have fetched it; as `MemberExposure` in `schema.graphql`. */
export interface ExposedMember {
  readonly member: string;
  readonly way: string;
  readonly certain: boolean;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  readonly windows: readonly { readonly from: number; readonly to: number }[];
}

/** That a person of the staff was shown entries about it, or could have fetched it; as `PersonExposure` in `schema.graphql`. */
export interface ExposedPerson {
  readonly kind: string;
  readonly number: number;
  readonly person: string;
  readonly from: number | null;
  readonly end: number | null;
  readonly purpose: string;
  readonly at: number;
  readonly until: number | null;
}

/** Who could have received a value from a channel, and when. */
export interface SignalExposure {
  /** Rounds of the feed that it is about. */
  readonly size: number;
  /** Unix milliseconds; of what was served before, some may be forgotten. */
  readonly horizon: number;
  readonly changes: readonly ExposureChange[];
  readonly members: readonly ExposedMember[];
  readonly persons: readonly ExposedPerson[];
}

const PARAMETERS = '$type: String!, $value: String!, $channel: String!, $first: Int!, $after: String';
const ARGUMENTS = 'type: $type, value: $value, channel: $channel, first: $first, after: $after';

const MEMBERS = `query Exposure(${PARAMETERS}) {
  exposure(${ARGUMENTS}) {
    __typename
    ... on Exposure {
      size horizon changes { round op signedAt } pageInfo { hasNextPage endCursor }
      edges { node { member way certain firstAt lastAt count windows { from to } } }
    }
  }
}`;

const PERSONS = `query PersonExposure(${PARAMETERS}) {
  personExposure(${ARGUMENTS}) {
    __typename
    ... on PersonExposures {
      pageInfo { hasNextPage endCursor } edges { node { kind number person from end purpose at until } }
    }
  }
}`;

const PAGE = 1000;

/**
 * Reads who could have received a value from a channel, members and persons, page after page. For auditors.
 *
 * @throws ClientError `OPTION_INVALID`, `NOT_FOUND` when the channel never had an entry about the value, or as `ask` does
 */
export async function readExposure(
  ask: AskHub,
  signal: Omit<TracedSignal, 'purpose'>,
): Promise<SignalExposure> {
  requireSignal(signal.type, signal.value);
  const { last, nodes } = await readList(ask, MEMBERS, signal);
  const persons = await readList(ask, PERSONS, signal);
  return {
    size: last.integer('size'),
    horizon: last.time('horizon'),
    changes: last.objects('changes').map(readChange),
    members: nodes.map(readMember),
    persons: persons.nodes.map(readPerson),
  };
}

async function readList(
  ask: AskHub,
  query: string,
  { channel, type, value }: Omit<TracedSignal, 'purpose'>,
): Promise<{ last: AnswerObject; nodes: AnswerObject[] }> {
  const variables = { channel, type, value, first: PAGE };
  const nodes: AnswerObject[] = [];
  let last: AnswerObject | null = null;
  for await (const page of readPages(ask, { query, variables, subject: `exposure in channel ${channel}` })) {
    nodes.push(...nodesOf(page));
    last = page;
  }
  return { last: last!, nodes };
}

function readChange(change: AnswerObject): ExposureChange {
  return {
    round: change.integer('round'),
    op: change.text('op').toLowerCase(),
    signedAt: change.time('signedAt'),
  };
}

function readMember(node: AnswerObject): ExposedMember {
  return {
    member: node.text('member'),
    way: node.text('way').toLowerCase(),
    certain: node.boolean('certain'),
    firstAt: node.time('firstAt'),
    lastAt: node.time('lastAt'),
    count: node.integer('count'),
    windows: node.objects('windows').map((range) => ({ from: range.time('from'), to: range.time('to') })),
  };
}

function readPerson(node: AnswerObject): ExposedPerson {
  return {
    kind: node.text('kind').toLowerCase(),
    number: node.integer('number'),
    person: node.text('person'),
    from: node.optionalInteger('from'),
    end: node.optionalInteger('end'),
    purpose: node.text('purpose'),
    at: node.time('at'),
    until: node.optionalText('until') === null ? null : node.time('until'),
  };
}
