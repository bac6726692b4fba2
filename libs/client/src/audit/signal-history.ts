import { type JsonObject, signalTypeByName } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { AskHub } from '../http/graphql.js';
import type { AnswerObject } from '../http/json-answer.js';
import { nodesOf, readPages } from '../http/read-pages.js';

/** Which signal in which channel. */
export interface TracedSignal {
  readonly channel: string;
  readonly type: string;
  readonly value: string;
  /** For staff: why they ask, which is recorded when they are shown the author of an anonymous entry. */
  readonly purpose?: string;
}

/** Something that concerns a signal, as the hub tells it; the members are those of `ProvenanceEvent` in `schema.graphql`. */
export interface TracedEvent {
  readonly kind: string;
  readonly index: number;
  readonly line: number | null;
  /** Unix milliseconds. */
  readonly time: number;
  readonly verdict: string | null;
  readonly code: string | null;
  readonly prev: number | null;
  readonly named: boolean | null;
  /** Log index of the statement that ended or erased it. */
  readonly endedBy: number | null;
  readonly member: string | null;
  readonly key: string | null;
  readonly leaf: string;
  readonly proof: string | null;
  /** What proves verdict, code and `prev` from the leaf: content body, decision line and the path from it. Nothing of it is verified yet. */
  readonly decision: { readonly content: string; readonly line: string; readonly path: string[] } | null;
  /** Everything the hub says of it. */
  readonly json: JsonObject;
}

/** The whole history of a signal, as the hub tells it. */
export interface HubHistory {
  readonly size: number;
  readonly latest: number;
  readonly events: readonly TracedEvent[];
}

const HISTORY = `query Provenance($type: String!, $value: String!, $channel: String!, $first: Int!, $after: String, $purpose: String) {
  provenance(type: $type, value: $value, channel: $channel, first: $first, after: $after, purpose: $purpose) {
    __typename
    ... on Provenance {
      size latest pageInfo { hasNextPage endCursor }
      edges { node {
        kind index line time verdict code effect prev named reason expires endedAs endedBy member key
        ended { index line } leaf proof
        decision { content line path }
        author { member group key keyAdded keyRevoked keyVoidFrom keyStanding own }
      } }
    }
  }
}`;

/** Of what the hub gives at most: it proves a page's decisions, each among as many as its submission has lines. */
const PAGE = 50;

/**
 * Reads the whole history of a signal, page after page.
 *
 * @throws ClientError `OPTION_INVALID`, `NOT_FOUND` when there is none or it is not for the caller, or as `ask` does
 */
export async function readHistory(
  ask: AskHub,
  { channel, type, value, purpose }: TracedSignal,
): Promise<HubHistory> {
  requireSignal(type, value);
  const subject = `history in channel ${channel}`;
  const variables = {
    ...{ channel, type, value, first: PAGE },
    ...(purpose !== undefined && { purpose }),
  };
  const events: TracedEvent[] = [];
  let last: AnswerObject | null = null;
  for await (const page of readPages(ask, { query: HISTORY, variables, subject })) {
    events.push(...nodesOf(page).map(readEvent));
    last = page;
  }
  return { size: last!.integer('size'), latest: last!.integer('latest'), events };
}

/** @throws ClientError `OPTION_INVALID` */
export function requireSignal(type: string, value: string): void {
  const known = signalTypeByName(type);
  if (known === undefined) throw new ClientError('OPTION_INVALID', 'type', 'must be a signal type');
  const parsed = known.parse(value);
  if (!parsed.ok) throw new ClientError('OPTION_INVALID', 'value', parsed.rule);
}

function readEvent(node: AnswerObject): TracedEvent {
  return {
    kind: node.text('kind'),
    index: node.integer('index'),
    line: node.optionalInteger('line'),
    time: node.time('time'),
    verdict: node.optionalText('verdict'),
    code: node.optionalText('code'),
    prev: node.optionalInteger('prev'),
    named: node.optionalBoolean('named'),
    endedBy: node.optionalInteger('endedBy'),
    member: node.optionalText('member'),
    key: node.optionalText('key'),
    leaf: node.text('leaf'),
    proof: node.optionalText('proof'),
    decision: readDecision(node.optionalObject('decision')),
    json: node.json,
  };
}

function readDecision(shown: AnswerObject | null): TracedEvent['decision'] {
  if (shown === null) return null;
  return { content: shown.text('content'), line: shown.text('line'), path: shown.texts('path') };
}
