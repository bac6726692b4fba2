import { ClientError } from '../client-error.js';
import type { GraphqlClient } from '../http/graphql.js';
import { hubText } from '../http/hub-text.js';
import type { AnswerObject } from '../http/json-answer.js';

/** How far a submission has come; `PUBLISHED` when a signed checkpoint covers it and its effects are in the feed. */
export type SubmissionState = 'RECEIVED' | 'DECIDED' | 'SEQUENCED' | 'PUBLISHED';

/** What became of one entry. */
export interface EntryOutcome {
  /** Line in the submission, from 0. */
  readonly line: number;
  readonly outcome: 'ACCEPTED' | 'HELD' | 'REJECTED';
  /** Why it was held or rejected. */
  readonly code: string | null;
  readonly effect: string | null;
}

/** A submission as the hub tells it. */
export interface HubSubmission {
  readonly jti: string;
  readonly channel: string;
  readonly state: SubmissionState;
  readonly count: number;
  readonly digest: string;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  readonly deadline: number;
  readonly counter: number;
  readonly promise: string;
  readonly logIndex: number | null;
  /** c2sp.org/tlog-proof text. */
  readonly proof: string | null;
  /** Exact text of the statement in the log. */
  readonly leaf: string | null;
  /** Exact text that the leaf commits to as `content`; null for an author who does not receive the channel. */
  readonly content: string | null;
  /** Exact text that the leaf commits to as `author`. */
  readonly author: string | null;
  readonly accepted: number | null;
  readonly held: number | null;
  readonly rejected: number | null;
}

/** Why the hub refused a batch. */
export interface Refusal {
  readonly code: string;
  readonly field: string;
  readonly rule: string;
  /** From 0. */
  readonly line: number | null;
}

const SUBMIT = `mutation Submit($input: SubmitInput!) {
  submit(input: $input) {
    __typename
    ... on SubmissionReceipt { promise }
    ... on SubmissionRefused { code field rule line }
  }
}`;

const STATE = `query Submission($jti: ID!) {
  submission(jti: $jti) {
    __typename
    ... on Submission {
      jti channel state count digest receivedAt deadline counter promise logIndex proof leaf
      content author accepted held rejected
    }
  }
}`;

const OUTCOMES = `query Outcomes($jti: ID!, $first: Int!, $after: String) {
  submission(jti: $jti) {
    __typename
    ... on Submission {
      entries(first: $first, after: $after) {
        edges { node { line outcome code effect } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`;

const PAGE = 1000;
const STATES: readonly string[] = ['RECEIVED', 'DECIDED', 'SEQUENCED', 'PUBLISHED'];
const OUTCOME_NAMES: readonly string[] = ['ACCEPTED', 'HELD', 'REJECTED'];

/** The hub's side of submissions. */
export class HubSubmissions {
  constructor(private readonly graphql: GraphqlClient) {}

  /** Sends a batch: the promise, or why it was refused. Sending the same again gives the same promise. */
  async submit(
    jti: string,
    batch: { manifest: string; entries: string },
  ): Promise<{ promise: string } | { refused: Refusal }> {
    const subject = `submission ${jti}`;
    const data = await this.graphql.run({ query: SUBMIT, variables: { input: batch }, subject });
    const result = data.object('submit');
    switch (result.text('__typename')) {
      case 'SubmissionReceipt':
        return { promise: result.text('promise') };
      case 'SubmissionRefused':
        return { refused: readRefusal(result) };
      default:
        throw new ClientError('UNEXPECTED_ANSWER', subject, 'the answer is neither a receipt nor a refusal');
    }
  }

  /**
   * The state of a submission of this member.
   *
   * @throws ClientError `NOT_FOUND`
   */
  async find(jti: string): Promise<HubSubmission> {
    return readSubmission(await this.lookUp(jti, STATE, {}));
  }

  /** What became of each entry; nothing until the submission is sequenced. */
  async *outcomes(jti: string): AsyncGenerator<EntryOutcome, void, undefined> {
    let after: string | null = null;
    do {
      const page: AnswerObject | null = (
        await this.lookUp(jti, OUTCOMES, { first: PAGE, after })
      ).optionalObject('entries');
      if (page === null) return;
      for (const edge of page.objects('edges')) yield readOutcome(edge.object('node'));
      const info = page.object('pageInfo');
      after = info.boolean('hasNextPage') ? info.text('endCursor') : null;
    } while (after !== null);
  }

  private async lookUp(
    jti: string,
    query: string,
    variables: Record<string, unknown>,
  ): Promise<AnswerObject> {
    const subject = `submission ${jti}`;
    const data = await this.graphql.run({ query, variables: { jti, ...variables }, subject });
    const found = data.object('submission');
    if (found.text('__typename') === 'Submission') return found;
    throw new ClientError('NOT_FOUND', subject, 'the hub knows no such submission of this member');
  }
}

function readRefusal(answer: AnswerObject): Refusal {
  return {
    code: hubText(answer.text('code')),
    field: hubText(answer.text('field')),
    rule: hubText(answer.text('rule')),
    line: answer.optionalInteger('line'),
  };
}

function readSubmission(answer: AnswerObject): HubSubmission {
  const state = answer.text('state');
  if (!STATES.includes(state)) {
    throw new ClientError(
      'UNEXPECTED_ANSWER',
      answer.subject,
      'the hub names a state that this client does not know',
    );
  }
  return {
    jti: answer.text('jti'),
    channel: hubText(answer.text('channel')),
    state: state as SubmissionState,
    count: answer.integer('count'),
    digest: answer.text('digest'),
    receivedAt: answer.time('receivedAt'),
    deadline: answer.time('deadline'),
    counter: answer.integer('counter'),
    promise: answer.text('promise'),
    logIndex: answer.optionalInteger('logIndex'),
    proof: answer.optionalText('proof'),
    leaf: answer.optionalText('leaf'),
    content: answer.optionalText('content'),
    author: answer.optionalText('author'),
    accepted: answer.optionalInteger('accepted'),
    held: answer.optionalInteger('held'),
    rejected: answer.optionalInteger('rejected'),
  };
}

function readOutcome(answer: AnswerObject): EntryOutcome {
  const outcome = answer.text('outcome');
  if (!OUTCOME_NAMES.includes(outcome)) {
    throw new ClientError(
      'UNEXPECTED_ANSWER',
      answer.subject,
      'the hub names an outcome that this client does not know',
    );
  }
  const [code, effect] = [answer.optionalText('code'), answer.optionalText('effect')];
  return {
    line: answer.integer('line'),
    outcome: outcome as EntryOutcome['outcome'],
    code: code === null ? null : hubText(code),
    effect: effect === null ? null : hubText(effect),
  };
}
