import { CONFORMANCE_STEPS, SANDBOX, type ConformanceStep } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { GraphqlClient } from '../http/graphql.js';
import { hubText } from '../http/hub-text.js';
import type { AnswerObject } from '../http/json-answer.js';

/** How a conformance run stands. */
export type ConformanceState = 'running' | 'passed' | 'failed' | 'expired';

/** A step as the hub judged it. */
export interface JudgedStep {
  readonly step: ConformanceStep;
  readonly passed: boolean;
  /** Why not, such as `TOMBSTONE_NOT_APPLIED`; null when it was passed. */
  readonly reason: string | null;
  /** Unix milliseconds. */
  readonly at: number;
  /** SHA-256 over the report, hex. */
  readonly reportDigest: string;
}

/** What the hub asks for next. */
export interface HubTask {
  readonly step: ConformanceStep;
  readonly type: string;
  readonly values: readonly string[];
  readonly question: { readonly salt: string; readonly from: string } | null;
  readonly after: number | null;
}

/** A conformance run as the hub tells it. */
export interface HubRun {
  readonly id: string;
  readonly state: ConformanceState;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly expiresAt: number;
  readonly steps: readonly JudgedStep[];
  readonly task: HubTask | null;
}

/** What is reported about a step. */
export interface StepReport {
  readonly run: string;
  readonly step: ConformanceStep;
  readonly submission?: string;
  readonly size?: number;
  readonly root?: string;
  readonly answer?: string;
  readonly reset?: string;
}

const RUN = `__typename
  ... on Failure { code message }
  ... on ConformanceRun {
    id state startedAt expiresAt
    steps { step passed reason at reportDigest }
    task { step type values after question { salt from } }
  }`;
const START = `mutation StartConformance { startConformance { ${RUN} } }`;
const REPORT = `mutation ReportConformance($input: ConformanceReportInput!) { reportConformance(input: $input) { ${RUN} } }`;
const RESET = `query Reset($feed: ID!, $type: String!, $after: SafeInt!) {
  feedDelta(feed: $feed, type: $type, after: $after, first: 1) { __typename ... on FeedReset { code } }
}`;

const SUBJECT = 'conformance run';
const STATES: readonly string[] = ['running', 'passed', 'failed', 'expired'];

/** The hub's side of conformance runs. */
export class HubConformance {
  constructor(private readonly graphql: GraphqlClient) {}

  /** @throws ClientError `REQUEST_REFUSED` saying why */
  async start(): Promise<HubRun> {
    const data = await this.graphql.run({ query: START, variables: {}, subject: SUBJECT });
    return readRun(data.object('startConformance'));
  }

  /** @throws ClientError `REQUEST_REFUSED` saying why */
  async report({ step, ...report }: StepReport): Promise<HubRun> {
    const input = { ...report, step: step.toUpperCase() };
    const data = await this.graphql.run({ query: REPORT, variables: { input }, subject: SUBJECT });
    return readRun(data.object('reportConformance'));
  }

  /** Asks for what changed in the sandbox since `after`; the code of the reset, or null when there is none. */
  async askForReset(type: string, after: number): Promise<string | null> {
    const variables = { feed: SANDBOX, type, after };
    const data = await this.graphql.run({ query: RESET, variables, subject: `feed ${SANDBOX}` });
    const delta = data.object('feedDelta');
    return delta.text('__typename') === 'FeedReset' ? hubText(delta.text('code')) : null;
  }
}

function readRun(answer: AnswerObject): HubRun {
  if (answer.text('__typename') !== 'ConformanceRun') {
    const [code, message] = [hubText(answer.text('code')), hubText(answer.text('message'))];
    throw new ClientError('REQUEST_REFUSED', SUBJECT, `${message} (${code})`);
  }
  const task = answer.optionalObject('task');
  return {
    id: answer.text('id'),
    state: word(answer, 'state', STATES) as ConformanceState,
    startedAt: answer.time('startedAt'),
    expiresAt: answer.time('expiresAt'),
    steps: answer.objects('steps').map(readStep),
    task: task === null ? null : readTask(task),
  };
}

function readStep(step: AnswerObject): JudgedStep {
  const reason = step.optionalText('reason');
  return {
    step: readStepName(step),
    passed: step.boolean('passed'),
    reason: reason === null ? null : hubText(reason),
    at: step.time('at'),
    reportDigest: step.text('reportDigest'),
  };
}

function readTask(task: AnswerObject): HubTask {
  const question = task.optionalObject('question');
  return {
    step: readStepName(task),
    type: task.text('type'),
    values: task.texts('values'),
    question: question === null ? null : { salt: question.text('salt'), from: question.text('from') },
    after: task.optionalInteger('after'),
  };
}

function readStepName(answer: AnswerObject): ConformanceStep {
  return word(answer, 'step', CONFORMANCE_STEPS) as ConformanceStep;
}

function word(answer: AnswerObject, name: string, words: readonly string[]): string {
  const found = answer.text(name).toLowerCase();
  if (words.includes(found)) return found;
  throw new ClientError(
    'UNEXPECTED_ANSWER',
    SUBJECT,
    `the hub names a ${name} that this client does not know`,
  );
}
