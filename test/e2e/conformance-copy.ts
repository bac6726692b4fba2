import { conformanceAnswer, fromHex } from '#libs/protocol';
import { answered, type TestHub, type TestMember } from './api-hub.js';

const DELTA = `query ($after: SafeInt!, $cursor: String) {
  feedDelta(feed: "sandbox", type: "sha256", after: $after, first: 1000, cursor: $cursor) {
    __typename
    ... on FeedReset { code }
    ... on FeedDeltaPage { to cursor setRoot changes { op value } } } }`;

const REPORT = `mutation ($input: ConformanceReportInput!) { reportConformance(input: $input) {
  __typename
  ... on NotFound { code }
  ... on ConformanceRefused { code field rule }
  ... on ConformanceRun { id state steps { step passed reason reportDigest }
    task { step type values after question { salt from } } } } }`;

const START = `mutation { startConformance {
  __typename
  ... on ConformanceRefused { code field rule }
  ... on ConformanceRun { id state expiresAt task { step type values after question { salt from } } } } }`;

/** What the hub answers; its fields are those of the documents above. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answer = any;

/** What a member is asked for. */
export interface Task {
  step: string;
  values: string[];
  after: number | null;
  question: { salt: string; from: string };
}

/** A member's own copy of the sandbox, kept with nothing but `feedDelta`. */
export class SandboxCopy {
  readonly held = new Set<string>();
  size = 0;
  root = '';

  constructor(
    private readonly hub: TestHub,
    private readonly member: TestMember,
    /** Whether it does what a removal says. */
    private readonly appliesTombstones = true,
  ) {}

  /** Brings the copy up to date; the code of the reset when there is one. */
  async pull(after = this.size): Promise<string | null> {
    let cursor: string | null = null;
    do {
      const page: Answer = (await this.ask(DELTA, { after, cursor })).feedDelta;
      if (page.__typename === 'FeedReset') return page.code;
      for (const { op, value } of page.changes as { op: string; value: string }[]) {
        if (op !== 'REMOVED') this.held.add(value);
        else if (this.appliesTombstones) this.held.delete(value);
      }
      this.size = page.to;
      this.root = page.setRoot ?? '';
      cursor = page.cursor;
    } while (cursor !== null);
    return null;
  }

  /** What it reports about itself. */
  facts({ question: { salt, from } }: Task): { size: number; root: string; answer: string } {
    const window = [...this.held].filter((value) => value >= from).sort();
    const keys = window.slice(0, 1000).map((value) => fromHex(value)!);
    return { size: this.size, root: this.root, answer: conformanceAnswer(fromHex(salt)!, keys) };
  }

  async start(): Promise<Answer> {
    return (await this.ask(START)).startConformance;
  }

  async report(input: object): Promise<Answer> {
    return (await this.ask(REPORT, { input })).reportConformance;
  }

  /** Submits what a task asks for and has it published. */
  async submit(op: 'assert' | 'retract', values: readonly string[]): Promise<string> {
    const entries = values.map((value, i) => ({ op, type: 'sha256', value, salt: String(i).repeat(32) }));
    const receipt = answered(await this.hub.submit(this.member, 'sandbox', entries)) as { jti: string };
    await this.hub.settle();
    return receipt.jti;
  }

  private async ask(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
    const { body } = await this.hub.graphql(this.member, query, variables);
    if (body.errors) throw new Error(JSON.stringify(body.errors));
    return body.data;
  }
}

/** A whole run of a member, as a copy that follows the feed passes it; what the hub says of it. */
export async function passConformance(hub: TestHub, member: TestMember): Promise<Answer> {
  const copy = new SandboxCopy(hub, member);
  const begun = await copy.start();
  if (begun.__typename !== 'ConformanceRun') throw new Error(JSON.stringify(begun));
  const run = begun.id as string;
  let task: Task = begun.task;
  const report = async (step: string, facts: object): Promise<Answer> => {
    const judged = await copy.report({ run, step, ...facts });
    if (judged.task !== null) task = judged.task;
    return judged;
  };
  await report('SUBMIT', { submission: await copy.submit('assert', task.values) });
  await copy.pull();
  await report('PULL', copy.facts(task));
  const submission = await copy.submit('retract', task.values);
  await copy.pull();
  await report('TOMBSTONE', { submission, ...copy.facts(task) });
  const reset = await copy.pull(task.after!);
  const anew = new SandboxCopy(hub, member);
  await anew.pull();
  return report('RESET', { reset, ...anew.facts(task) });
}
