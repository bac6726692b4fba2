import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureSandbox } from '#libs/membership';
import { withClient } from '#libs/platform';
import {
  answered,
  assertion,
  ndjson,
  randomValue,
  SUBMIT,
  type TestHub,
  type TestMember,
} from './api-hub.js';
import { POLICY, SET_POLICY, VettingHub } from './applications-desk.js';
import { got } from './applications-hub.js';

const MOST = POLICY.probationEntriesADay;
const DAY_MS = 86_400_000;

let vetting: VettingHub;
let hub: TestHub;
let newcomer: TestMember;
let names = 0;

beforeAll(async () => {
  vetting = await VettingHub.start();
  ({ hub } = vetting);
  await hub.worker.transaction('sandbox', 'system:test', ensureSandbox);
  await hub.settle();
});
afterAll(() => vetting.close());

beforeEach(async () => {
  newcomer = await hub.admit(`newcomer-${++names}`);
  await hub.allow(newcomer, 'csam', { submit: true, receive: true });
  await hub.members.setStatus('system:test', newcomer.name, 'probation');
  await hub.settle();
});

const entries = (count: number): object[] =>
  Array.from({ length: count }, () => assertion('sha256', randomValue()));
const QUERY = SUBMIT.replace('rule line', 'rule line retryAt');

async function submit(count: number, channel = 'csam') {
  const text = ndjson(entries(count));
  const manifest = await hub.manifest(newcomer, channel, text);
  return answered(await hub.graphql(newcomer, QUERY, { input: { manifest, entries: text } }));
}

/** Lets what was received so far have been received earlier. */
async function age(minutes: number): Promise<void> {
  await withClient(hub.database.adminUrl, { searchPath: 'cairn' }, (admin) =>
    admin.query(`UPDATE submission SET received_at = received_at - make_interval(mins => ${minutes})`),
  );
}

describe('a member on probation', () => {
  it('submits as many entries in 24 hours as the policy says, and is told when it may go on', async () => {
    expect(await submit(MOST - 5)).toMatchObject({ __typename: 'SubmissionReceipt' });
    await age(60);
    const begun = Date.now();
    const refused = await submit(6);
    expect(refused).toMatchObject({
      __typename: 'SubmissionRefused',
      code: 'PROBATION_LIMIT',
      field: 'manifest.count',
      line: null,
    });
    expect(refused.rule).toContain(`${MOST} entries in 24 hours`);
    expect(refused.rule).toContain(refused.retryAt);
    // The first has to be a day old.
    const wait = Date.parse(refused.retryAt) - begun;
    expect(Math.abs(wait - (DAY_MS - 3_600_000))).toBeLessThan(60_000);
    // What is refused counts for nothing; what fits is taken.
    expect(await submit(5)).toMatchObject({ __typename: 'SubmissionReceipt' });
    expect(await submit(1)).toMatchObject({ code: 'PROBATION_LIMIT', retryAt: expect.any(String) });
    await age(23 * 60 + 1);
    expect(await submit(MOST - 4)).toMatchObject({ code: 'PROBATION_LIMIT' });
    expect(await submit(MOST - 5)).toMatchObject({ __typename: 'SubmissionReceipt' });
  });

  it('sends fewer at a time when one batch is more than a day may have', async () => {
    expect(await submit(MOST + 1)).toMatchObject({ code: 'PROBATION_LIMIT', retryAt: null });
    expect(await submit(MOST)).toMatchObject({ __typename: 'SubmissionReceipt' });
  });

  it('cannot pass the limit by two submissions at the same time', async () => {
    const inputs = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const text = ndjson(entries(MOST / 2));
        return { manifest: await hub.manifest(newcomer, 'csam', text), entries: text };
      }),
    );
    await hub.graphql(newcomer, '{ me { member } }');
    const answers = await Promise.all(
      inputs.map(async (input) => answered(await hub.graphql(newcomer, QUERY, { input }))),
    );
    const names = answers.map(({ __typename }) => __typename as string);
    expect(names.filter((name) => name === 'SubmissionReceipt')).toHaveLength(2);
    expect(names.filter((name) => name === 'SubmissionRefused')).toHaveLength(6);
  });

  it('gets the same receipt again for what was taken before', async () => {
    const text = ndjson(entries(MOST));
    const input = {
      manifest: await hub.manifest(newcomer, 'csam', text, { jti: randomUUID() }),
      entries: text,
    };
    const first = answered(await hub.graphql(newcomer, QUERY, { input }));
    expect(first).toMatchObject({ __typename: 'SubmissionReceipt' });
    expect(answered(await hub.graphql(newcomer, QUERY, { input }))).toEqual(first);
  });

  it('tries in the sandbox what it likes, which does not count', async () => {
    await hub.allow(newcomer, 'sandbox', { submit: true, receive: true });
    await hub.settle();
    expect(await submit(MOST + 1, 'sandbox')).toMatchObject({ __typename: 'SubmissionReceipt' });
    expect(await submit(MOST)).toMatchObject({ __typename: 'SubmissionReceipt' });
  });

  it('is held to the policy in force, and to none once probation has ended', async () => {
    expect(await submit(MOST)).toMatchObject({ __typename: 'SubmissionReceipt' });
    const { alice } = vetting.people;
    const policy = (probationEntriesADay: number) =>
      got(alice, SET_POLICY, { input: { ...POLICY, probationEntriesADay } });
    await policy(MOST + 1);
    // In force once it is logged.
    expect(await submit(1)).toMatchObject({ code: 'PROBATION_LIMIT' });
    await hub.settle();
    expect(await submit(1)).toMatchObject({ __typename: 'SubmissionReceipt' });
    await hub.members.setStatus('system:test', newcomer.name, 'active');
    await hub.settle();
    expect(await submit(MOST * 2)).toMatchObject({ __typename: 'SubmissionReceipt' });
    await policy(MOST);
    await hub.settle();
  });
});
