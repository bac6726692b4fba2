import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  answered,
  assertion,
  randomValue,
  startWithSubmitters,
  type TestHub,
  type TestMember,
} from './api-hub.js';

let hub: TestHub;
let alice: TestMember;
beforeAll(async () => {
  ({ hub, alice } = await startWithSubmitters());
  answered(await hub.submit(alice, 'csam', [assertion('sha256', randomValue())]));
  await hub.settle();
});
afterAll(() => hub?.close());

const PULL = '{ feedDelta(feed: "csam", type: "sha256", after: 0, first: 1) { __typename } }';

async function outcomes(): Promise<(string | number)[]> {
  const submitted = await hub.submit(alice, 'csam', [assertion('sha256', randomValue())]);
  const pulled = await hub.graphql(alice, PULL);
  const form = await hub.token(alice).then(
    () => 'token',
    () => 'no token',
  );
  return [submitted.status, pulled.status, form];
}

describe('a suspension', () => {
  it('stops submissions, pulls and tokens at the next request, before its statement has a place in the log', async () => {
    expect(await outcomes()).toEqual([200, 200, 'token']);
    const size = await logSize();
    await hub.suspend(alice);
    expect(await outcomes()).toEqual([401, 401, 'no token']);
    expect(await logSize()).toBe(size);
    await hub.settle();
    expect(await outcomes()).toEqual([401, 401, 'no token']);
  });

  it('ends when its end has been logged', async () => {
    expect(await hub.members.setStatus('system:operator', alice.name, 'active')).toEqual({ ok: true });
    expect(await outcomes()).toEqual([401, 401, 'no token']);
    await hub.settle();
    expect(await outcomes()).toEqual([200, 200, 'token']);
  });
});

async function logSize(): Promise<number> {
  const [row] = await hub.database.worker.read('log-size', 'system:test', (tx) =>
    tx.query<{ size: number }>('SELECT size::float8 AS size FROM cairn.log WHERE feed IS NULL'),
  );
  return row!.size;
}
