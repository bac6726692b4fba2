import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CONFORMANCE_STEPS,
  CONFORMANCE_TYPE,
  CONFORMANCE_WINDOW,
  conformanceAnswer,
  formatDay,
  fromHex,
  SANDBOX,
  type ConformanceStep,
} from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { HashStore } from '../store/hash-store.js';
import type { EntryDraft } from '../submit/entry-draft.js';
import type { SubmitOptions, SubmitResult } from '../submit/submit-run.js';
import type { HubConformance, HubRun, HubTask, JudgedStep, StepReport } from './hub-conformance.js';

/** What came of a conformance run. */
export interface ConformanceResult {
  /** Name of the run. */
  readonly run: string;
  readonly passed: boolean;
  /** What the hub judged, in order; the last one is the one that failed, if any did. */
  readonly steps: readonly JudgedStep[];
}

/** How far a run is. */
export interface ConformanceProgress {
  readonly step: ConformanceStep;
  /** Steps passed before it, and steps in all. */
  readonly done: number;
  readonly total: number;
}

/** What a run needs of the member. */
export interface ConformanceContext {
  readonly hub: HubConformance;
  readonly submit: (options: SubmitOptions) => Promise<SubmitResult>;
  readonly waitUntilPublished: (jti: string) => Promise<unknown>;
  /** Brings the sandbox in this store up to date. */
  readonly pull: (store: string) => Promise<unknown>;
  /** Directory for what the run keeps; it is removed at the end. */
  readonly directory: string;
  readonly onStep?: ((progress: ConformanceProgress) => void) | undefined;
}

const DAY_MS = 86_400_000;
/** More than a run needs; whoever asks for more wants something else. */
const MOST_VALUES = 16;
const HEX = /^[0-9a-f]{64}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Goes through a conformance run (docs/protocol-conformance.md) with the same code that submits and pulls in every other channel.
 *
 * @throws ClientError as submitting and pulling do; `REQUEST_REFUSED` when the hub starts no run; `UNEXPECTED_ANSWER`
 */
export async function runConformance(context: ConformanceContext): Promise<ConformanceResult> {
  const started = await context.hub.start();
  if (!UUID.test(started.id)) throw unexpected('a name of a run that is none');
  const store = join(context.directory, started.id);
  try {
    return await new Trial(context, store).play(started);
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

/** One run, step by step. */
class Trial {
  /** Values that were asserted for this run. */
  private asserted: readonly string[] = [];

  constructor(
    private readonly context: ConformanceContext,
    private readonly store: string,
  ) {}

  async play(started: HubRun): Promise<ConformanceResult> {
    let run = started;
    while (run.task !== null) {
      const { task, steps } = run;
      if (task.step !== CONFORMANCE_STEPS[steps.length]) throw unexpected('a step out of its order');
      this.context.onStep?.({ step: task.step, done: steps.length, total: CONFORMANCE_STEPS.length });
      run = await this.context.hub.report({
        run: run.id,
        step: task.step,
        ...(await this.show(run.id, task)),
      });
    }
    return { run: run.id, passed: run.state === 'passed', steps: run.steps };
  }

  private async show(run: string, task: HubTask): Promise<Omit<StepReport, 'run' | 'step'>> {
    switch (task.step) {
      case 'submit':
        return { submission: await this.assert(run, task) };
      case 'pull':
        return this.pull(task);
      case 'tombstone': {
        const submission = await this.retract(run, task);
        return { submission, ...(await this.pull(task)) };
      }
      case 'reset': {
        const reset = await this.meetReset(task);
        return { reset, ...(await this.pull(task)) };
      }
    }
  }

  private async assert(run: string, task: HubTask): Promise<string> {
    this.asserted = requireValues(task);
    // The sandbox need not keep what nobody will ask for again.
    const expires = formatDay(Math.floor(Date.now() / DAY_MS) + 2);
    const { type } = task;
    return this.submit(
      `${run} ${task.step}`,
      task.values.map((value): EntryDraft => ({ op: 'assert', type, value, expires })),
    );
  }

  private async retract(run: string, task: HubTask): Promise<string> {
    const values = requireValues(task);
    if (!values.every((value) => this.asserted.includes(value)))
      throw unexpected('a value to retract that the run did not have asserted');
    const entries = values.map((value): EntryDraft => ({ op: 'retract', type: task.type, value }));
    return this.submit(`${run} ${task.step}`, entries);
  }

  private async submit(name: string, entries: readonly EntryDraft[]): Promise<string> {
    const { submit, waitUntilPublished } = this.context;
    const { receipts } = await submit({ channel: SANDBOX, entries, identity: `conformance:${name}` });
    const { jti } = receipts[0]!;
    await waitUntilPublished(jti);
    return jti;
  }

  /** Shows the hub a cursor that leads nowhere, and lets go of the copy when the hub says so. */
  private async meetReset({ type, after }: HubTask): Promise<string> {
    if (after === null) throw unexpected('no cursor to ask with');
    const reset = await this.context.hub.askForReset(type, after);
    if (reset === null) throw unexpected('a delta from beyond the end of the feed');
    await rm(this.store, { recursive: true, force: true });
    return reset;
  }

  /** Pulls, and reads from the verified copy what the hub asks. */
  private async pull({ type, question }: HubTask): Promise<{ size: number; root: string; answer: string }> {
    const [salt, from] = [question?.salt ?? '', question?.from ?? ''];
    if (!HEX.test(salt) || !HEX.test(from)) throw unexpected('a question that is none');
    await this.context.pull(this.store);
    const copy = await HashStore.open(this.store, { feed: SANDBOX });
    try {
      const feed = copy.feeds[0]!;
      const root = feed.types.find((held) => held.type === type)?.root;
      if (root === undefined) throw unexpected('a type that the sandbox does not have');
      const answer = conformanceAnswer(fromHex(salt)!, keysFrom(copy, type, from));
      return { size: feed.size, root, answer };
    } finally {
      copy.close();
    }
  }
}

/** The first keys of a copy from one on; the store gives them in order. */
function keysFrom(copy: HashStore, type: string, from: string): Uint8Array[] {
  const keys: Uint8Array[] = [];
  for (const { value } of copy.records({ feed: SANDBOX, type })) {
    if (value < from) continue;
    keys.push(fromHex(value)!);
    if (keys.length === CONFORMANCE_WINDOW) break;
  }
  return keys;
}

/** A hub may have nothing signed but what a run is about. */
function requireValues({ type, values }: HubTask): readonly string[] {
  const fits = values.length > 0 && values.length <= MOST_VALUES && values.every((value) => HEX.test(value));
  if (type === CONFORMANCE_TYPE && fits) return values;
  throw unexpected('values that are none of a run');
}

function unexpected(what: string): ClientError {
  return new ClientError('UNEXPECTED_ANSWER', 'conformance run', `the hub gives ${what}`);
}
