import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SubmitOptions, SubmitResult } from '../submit/submit-run.js';
import { runConformance } from './conformance-run.js';
import type { HubConformance, HubRun, HubTask } from './hub-conformance.js';

const RUN = '0f0e0d0c-0b0a-4908-8706-050403020100';
const VALUES = ['aa'.repeat(32), 'bb'.repeat(32)];
const SUBMIT: HubTask = { step: 'submit', type: 'sha256', values: VALUES, question: null, after: null };
const QUESTION = { salt: '11'.repeat(32), from: '00'.repeat(32) };

let directory: string;
let submitted: SubmitOptions[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cairn-conformance-'));
  submitted = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A run with a hub that asks these things one after the other and passes every step. */
function play(tasks: readonly HubTask[], id = RUN) {
  let done = 0;
  const run = (): HubRun => ({
    ...{ id, state: 'running', startedAt: 0, expiresAt: 1, task: tasks[done] ?? null },
    steps: tasks.slice(0, done).map(({ step }) => {
      return { step, passed: true, reason: null, at: 0, reportDigest: '' };
    }),
  });
  const hub = {
    start: () => Promise.resolve(run()),
    report: () => Promise.resolve((done++, run())),
    askForReset: () => Promise.resolve(null),
  };
  return runConformance({
    hub: hub as unknown as HubConformance,
    submit: (options) => {
      submitted.push(options);
      return Promise.resolve({ receipts: [{ jti: RUN }] } as unknown as SubmitResult);
    },
    waitUntilPublished: () => Promise.resolve(),
    pull: () => Promise.reject(new Error('not reached')),
    directory,
  });
}

describe('runConformance', () => {
  it('has the values asserted that the hub drew, in the sandbox and for days only', async () => {
    await play([SUBMIT]);
    expect(submitted).toMatchObject([{ channel: 'sandbox', identity: `conformance:${RUN} submit` }]);
    const entries = submitted[0]!.entries as Iterable<object>;
    expect([...entries]).toEqual(
      VALUES.map((value) => ({ op: 'assert', type: 'sha256', value, expires: expect.any(String) })),
    );
  });

  it.each<[string, HubTask[], string]>([
    ['has another type signed', [{ ...SUBMIT, type: 'pdq' }], RUN],
    ['has no value signed', [{ ...SUBMIT, values: [] }], RUN],
    ['has something signed that is no value', [{ ...SUBMIT, values: ['x'] }], RUN],
    ['has a heap of values signed', [{ ...SUBMIT, values: Array<string>(17).fill(VALUES[0]!) }], RUN],
    ['leaves a step out', [{ ...SUBMIT, step: 'tombstone', question: QUESTION }], RUN],
    ['names a run that could be a path', [SUBMIT], '../../etc'],
  ])('signs nothing for a hub that %s', async (_what, tasks, id) => {
    await expect(play(tasks, id)).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
    expect(submitted).toEqual([]);
  });

  it('asks no copy a question that is none', async () => {
    const pull: HubTask = { ...SUBMIT, step: 'pull', values: [], question: { salt: 'x', from: 'y' } };
    await expect(play([SUBMIT, pull])).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
  });
});
