import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { traceSignal } from '#libs/client';
import { withClient } from '#libs/platform';
import { formatDay } from '#libs/protocol';
import { requestDueTick } from '#libs/signals';
import { assertion, POLICY, randomValue, retraction, TestHub, type TestMember } from './api-hub.js';
import { got, machine } from './applications-hub.js';

const HISTORY = `query ($type: String!, $value: String!, $channel: String!) {
  provenance(type: $type, value: $value, channel: $channel, first: 100) { __typename
    ... on Provenance { latest edges { node {
      kind index line verdict code effect prev named endedAs endedBy member key ended { index line } leaf decision { line }
      author { member keyRevoked keyVoidFrom keyStanding } } } } } }`;

/** What the tests look into of an event. */
interface HistoryRow {
  kind: string;
  index: number;
  line: number | null;
  verdict: string | null;
  prev: number | null;
  leaf: string;
  decision: { line: string } | null;
  effect: string | null;
  author: { keyRevoked: number | null; keyVoidFrom: number | null; keyStanding: string | null } | null;
}

const CHANNEL = 'csam';
const DAY_MS = 86_400_000;

let hub: TestHub;
let reader: TestMember;
let carol: TestMember;
let dave: TestMember;

beforeAll(async () => {
  hub = await TestHub.start();
  await hub.createChannel(CHANNEL);
  [reader, carol, dave] = [await hub.admit('reader'), await hub.admit('carol'), await hub.admit('dave')];
  for (const member of [reader, carol, dave]) await allow(member);
  await hub.settle();
});
afterAll(() => hub.close());

const allow = (member: TestMember) => hub.allow(member, CHANNEL, { submit: true, receive: true });

async function send(member: TestMember, entries: object[], attribution = 'anonymous'): Promise<void> {
  const { body } = await hub.submit(member, CHANNEL, entries, { attribution });
  expect(body.data.submit.__typename).toBe('SubmissionReceipt');
}

async function say(...said: Parameters<typeof send>): Promise<void> {
  await send(...said);
  await hub.settle();
}

async function eventsOf(who: TestMember, value: string, type = 'sha256'): Promise<HistoryRow[]> {
  const { edges } = await got(machine(hub, who), HISTORY, { type, value, channel: CHANNEL });
  return edges.map(({ node }: { node: HistoryRow }) => node);
}

/** What a client that verifies every decision makes of the history. */
const traced = (value: string, type = 'sha256') =>
  traceSignal(
    ({ query, variables }) => got(machine(hub, reader), query, { ...variables }),
    { channel: CHANNEL, type, value },
    null,
  );

/** A day before or after today, as entries say it. */
const day = (from: number): string => formatDay(Math.floor(Date.now() / DAY_MS) + from);

describe('an entry that expired', () => {
  it('is told with the tick that ended it, whoever said it', async () => {
    const [shared, alone] = [randomValue(), randomValue()];
    const expiring = (expires: string) =>
      [shared, alone].map((value) => assertion('sha256', value, { expires }));
    await say(carol, expiring(day(0)), 'named');
    await say(dave, expiring(day(-1)));
    await say(carol, [assertion('sha256', shared)]);
    expect((await eventsOf(reader, shared)).map(({ kind }) => kind)).not.toContain('EXPIRY');
    await requestDueTick(hub.worker);
    await hub.settle();
    const [named, anonymous, standing, expiry] = await eventsOf(reader, shared);
    expect(expiry).toMatchObject({
      ...{ kind: 'EXPIRY', line: null, verdict: null, prev: null, decision: null, author: null },
      ...{ member: null, key: null },
      ended: [named, anonymous].map((entry) => ({ index: entry!.index, line: 0 })),
    });
    expect(JSON.parse(expiry!.leaf)).toMatchObject({ kind: 'tick' });
    expect(JSON.parse(expiry!.leaf).time).toBeGreaterThanOrEqual(Date.parse(day(0)));
    for (const entry of [named, anonymous, standing])
      expect(entry).toMatchObject({ verdict: 'ACCEPTED', endedAs: null, endedBy: null });
    expect(await eventsOf(reader, alone)).toMatchObject([
      { endedAs: null, effect: 'effective', author: { member: 'carol' } },
      { endedAs: 'WITHDRAWN', endedBy: null, effect: null, author: null },
      { kind: 'EXPIRY', index: expiry!.index },
    ]);
    expect(await traced(shared)).toMatchObject({ gap: null, latest: standing!.index });
  });

  it('is no event while its day has not come, nor when it came before the entry', async () => {
    const [early, late] = [randomValue(), randomValue()];
    await say(carol, [
      assertion('sha256', early, { expires: day(2) }),
      assertion('sha256', late, { expires: day(-3) }),
    ]);
    for (const value of [early, late])
      expect((await eventsOf(reader, value)).map(({ kind }) => kind)).toEqual(['ASSERTION']);
  });
});

describe('an entry that the hub did not accept', () => {
  it('is told when it was rejected, has no effect, and is a link of the chain', async () => {
    const value = randomValue(16);
    await say(carol, [assertion('md5', value)], 'named');
    await send(carol, [assertion('md5', value), assertion('sha256', randomValue())], 'named');
    await send(dave, [retraction('md5', value)]);
    await changeTypes(['pdq', 'sha256']);
    await hub.settle();
    await changeTypes(POLICY.types);
    await say(dave, [assertion('md5', value)]);
    const [first, rejected, anonymous, last] = await eventsOf(reader, value, 'md5');
    expect(rejected).toMatchObject({
      ...{ kind: 'ASSERTION', verdict: 'REJECTED', code: 'type_not_in_channel', prev: first!.index },
      ...{ effect: 'not_accepted', endedAs: null },
    });
    expect(JSON.parse(rejected!.decision!.line)).toMatchObject({
      ...{ line: 0, verdict: 'rejected', code: 'type_not_in_channel', prev: first!.index },
    });
    // Nobody is told what an author could be known by, nor that a claim is withdrawn which never stood.
    expect(anonymous).toMatchObject({
      ...{ kind: 'RETRACTION', verdict: 'REJECTED', effect: null, author: null, endedAs: null },
    });
    expect([anonymous!.prev, last!.prev]).toEqual([rejected!.index, anonymous!.index]);
    expect(await traced(value, 'md5')).toMatchObject({ gap: null, latest: last!.index });
  });

  it('is told when it was held, and that says nothing of whether another claim stands', async () => {
    const value = randomValue();
    await say(carol, [assertion('sha256', value)], 'named');
    await send(dave, [assertion('sha256', randomValue()), assertion('sha256', value)], 'named');
    await send(dave, [assertion('sha256', value)]);
    await hub.decide();
    await holdDecided();
    await hub.settle();
    await say(carol, [retraction('sha256', value)], 'named');
    const [first, held, anonymous, last] = await eventsOf(reader, value);
    expect(held).toMatchObject({
      ...{ line: 1, verdict: 'HELD', code: 'unknown_label', prev: first!.index },
      ...{ effect: 'not_accepted', endedAs: null, author: { member: 'dave' } },
    });
    expect(anonymous).toMatchObject({ verdict: 'HELD', effect: null, author: null, endedAs: null });
    expect([anonymous!.prev, last!.prev]).toEqual([held!.index, anonymous!.index]);
    expect(await traced(value)).toMatchObject({ gap: null, latest: last!.index });
  });
});

async function changeTypes(types: readonly string[]): Promise<void> {
  const policy = { ...POLICY, types: [...types] } as typeof POLICY;
  expect(await hub.channels.setPolicy('system:test', CHANNEL, policy)).toMatchObject({ ok: true });
  await hub.sequence();
  await hub.project();
}

/** What is decided and not logged yet is held: no rule of this version holds an entry, and the log has a word for it. */
async function holdDecided(): Promise<void> {
  await withClient(hub.database.adminUrl, { searchPath: 'cairn' }, async (admin) => {
    await admin.query(`UPDATE submission_decision SET verdicts = ARRAY[1], codes = ARRAY[1]`);
  });
}

describe('the key that signed an entry', () => {
  it('is said to have been revoked when it was, and to nobody who may not know the author', async () => {
    const value = randomValue();
    const erin = await hub.admit('erin');
    await allow(erin);
    await hub.settle();
    await send(erin, [assertion('sha256', value)], 'named');
    await send(erin, [assertion('sha256', value)]);
    await hub.revoke(erin, erin.signing);
    await hub.settle();
    const [named, anonymous] = await eventsOf(reader, value);
    expect(named).toMatchObject({
      ...{ verdict: 'ACCEPTED', effect: 'key_not_active', endedAs: null },
      author: { member: 'erin', keyStanding: 'REVOKED' },
    });
    expect(named!.author!.keyRevoked).toBeLessThan(named!.index);
    expect(named!.author!.keyVoidFrom).toBeLessThanOrEqual(named!.author!.keyRevoked!);
    expect(anonymous).toMatchObject({ effect: null, author: null, endedAs: 'WITHDRAWN', endedBy: null });
    const own = await eventsOf(erin, value);
    expect(own.map(({ author, effect }) => [author!.keyStanding, effect])).toEqual([
      ['REVOKED', 'key_not_active'],
      ['REVOKED', 'key_not_active'],
    ]);
  });
});
