import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { forgetFeedAccess } from '#libs/feed';
import { withClient } from '#libs/platform';
import { decodeEntryBundle } from '#libs/tlog';
import { answered, assertion, randomValue, type TestHub, type TestMember } from './api-hub.js';
import { VettingHub } from './applications-desk.js';
import { cairnIn, loggedIn } from './cli-session.js';
import { got, refusal, type Ask } from './applications-hub.js';

const HISTORY = `query ($channel: ID!, $first: Int!, $member: ID, $after: String) {
  accessHistory(channel: $channel, first: $first, member: $member, after: $after) {
    edges { node { member channel way type rounds { from to } firstAt lastAt until count } } pageInfo { hasNextPage endCursor } } }`;
const TICKET = '{ feed(id: "csam") { ... on Feed { size ticket { prefix expiresAt } } } }';
const DELTA = `query ($after: SafeInt!) { feedDelta(feed: "csam", type: "sha256", after: $after, first: 10) { ... on FeedDeltaPage { to } } }`;

let vetting: VettingHub;
let hub: TestHub;
let ada: Ask;
let [alpha, beta]: TestMember[] = [];

beforeAll(async () => {
  vetting = await VettingHub.start();
  ({ hub, alpha, beta } = vetting);
  ({ ada } = vetting.people);
  for (const member of [alpha, beta]) await hub.allow(member, 'csam', { submit: true, receive: true });
  await hub.settle();
  for (let n = 0; n < 3; n++) {
    answered(await hub.submit(alpha, 'csam', [assertion('sha256', randomValue())]));
    await hub.settle();
  }
});
afterAll(() => vetting?.close());
beforeEach(() =>
  admin('SET session_replication_role = replica; DELETE FROM feed_access; RESET session_replication_role'),
);

const admin = (sql: string) =>
  withClient(hub.database.adminUrl, { searchPath: 'cairn' }, (client) => client.query(sql));

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function history(more: object = {}): Promise<any[]> {
  const { edges } = await got(ada, HISTORY, { channel: 'csam', first: 1000, ...more });
  return edges.map(({ node }: { node: object }) => node);
}

async function ticket(member: TestMember): Promise<{ size: number; prefix: string; expiresAt: string }> {
  const { size, ticket: issued } = (await hub.graphql(member, TICKET)).body.data.feed;
  return { size, ...issued };
}

async function fetched(prefix: string, path: string): Promise<{ status: number; bytes: Buffer }> {
  const response = await fetch(`${hub.url}${prefix}/feed/csam/${path}`);
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Digest of the pack of each round or rollup, by its index; the first that has one comes first. */
async function packs(prefix: string, size: number): Promise<[round: number, digest: string][]> {
  const { bytes } = await fetched(prefix, `tile/entries/000.p/${size}`);
  return decodeEntryBundle(bytes, size).flatMap((leaf, round) => {
    const { changes = [] } = JSON.parse(Buffer.from(leaf).toString()) as {
      changes?: { packs: { digest: string }[] }[];
    };
    return changes.flatMap(({ packs: named }) =>
      named.map(({ digest }): [number, string] => [round, digest]),
    );
  });
}

describe('the access history', () => {
  it('says of a ticket that was never used what could have been fetched until it ended', async () => {
    const { size, expiresAt } = await ticket(alpha!);
    expect(await history()).toEqual([
      {
        ...{ member: 'alpha', channel: 'csam', way: 'TICKET', type: null, count: 1 },
        rounds: [{ from: 0, to: size }],
        firstAt: expect.any(String),
        lastAt: expect.any(String),
        until: expiresAt,
      },
    ]);
  });

  it('holds exactly the rounds whose packs were served, with their type', async () => {
    const { size, prefix } = await ticket(alpha!);
    const served = await packs(prefix, size);
    expect(served.length).toBe(3);
    for (const [, digest] of [served[0]!, served[2]!]) await fetched(prefix, `pack/${digest}`);
    const [, rounds, packed] = await history();
    expect(rounds).toMatchObject({ way: 'ROUNDS', type: null, rounds: [{ from: 0, to: size }] });
    expect(packed).toMatchObject({ way: 'PACKS', type: 'sha256', count: 2 });
    expect(packed.rounds).toEqual(
      [served[0]![0], served[2]![0]].map((round) => ({ from: round, to: round + 1 })),
    );
  });

  it('takes no row for a checkpoint, for hashes and for what is not there', async () => {
    const { size, prefix } = await ticket(beta!);
    const answers = await Promise.all(
      ['checkpoint', `tile/0/000.p/${size}`, `pack/${'0'.repeat(64)}`, 'tile/entries/007'].map((path) =>
        fetched(prefix, path),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 404]);
    expect((await history()).map(({ way }) => way)).toEqual(['TICKET']);
  });

  it('holds the rounds of deltas, each delta apart, and none of an empty one', async () => {
    const { size } = await ticket(alpha!);
    for (const after of [0, size - 1, size]) await hub.graphql(alpha!, DELTA, { after });
    const deltas = (await history()).filter(({ way }) => way === 'DELTA');
    expect(deltas.map(({ type, rounds }) => [type, rounds])).toEqual([
      ['sha256', [{ from: 0, to: size }]],
      ['sha256', [{ from: size - 1, to: size }]],
    ]);
  });

  it('merges what is asked for at the same time, and loses none of it', async () => {
    const { size, prefix } = await ticket(alpha!);
    const served = await packs(prefix, size);
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => fetched(prefix, `pack/${served[n % served.length]![1]}`)),
    );
    const found = (await history()).filter(({ way }) => way === 'PACKS');
    expect(found.map(({ count }) => count).reduce((sum, n) => sum + n, 0)).toBe(12);
    const rounds = found.flatMap((row) => row.rounds as { from: number; to: number }[]);
    for (const [round] of served)
      expect(rounds.some(({ from, to }) => from <= round && round < to)).toBe(true);
  });

  it('goes on page by page, by member, and is empty for what there is not', async () => {
    await ticket(alpha!);
    await ticket(beta!);
    const first = await got(ada, HISTORY, { channel: 'csam', first: 1 });
    expect(first.pageInfo.hasNextPage).toBe(true);
    expect(await history({ after: first.pageInfo.endCursor })).toMatchObject([{ member: 'beta' }]);
    expect(await history({ member: 'alpha' })).toMatchObject([{ member: 'alpha' }]);
    for (const nothing of [{ member: 'gamma' }, { channel: 'nothing' }, { channel: 'No\u0000Name' }])
      expect(await history(nothing)).toEqual([]);
  });
});

describe('when an access cannot be recorded', () => {
  it('serves no ticket, no pack, no round and no delta', async () => {
    const { size, prefix } = await ticket(alpha!);
    const [[, digest]] = (await packs(prefix, size)) as [[number, string]];
    await admin('ALTER TABLE feed_access ADD CONSTRAINT nothing_ck CHECK (false) NOT VALID');
    const answers = [
      await fetched(prefix, `pack/${digest}`),
      await fetched(prefix, `tile/entries/000.p/${size}`),
    ];
    const asked = [await hub.graphql(alpha!, TICKET), await hub.graphql(alpha!, DELTA, { after: 0 })];
    await admin('ALTER TABLE feed_access DROP CONSTRAINT nothing_ck');
    expect(answers.map(({ status }) => status)).toEqual([500, 500]);
    for (const { bytes } of answers) expect(bytes.length).toBeLessThan(1000);
    for (const { body } of asked) expect([body.data ?? null, body.errors?.length]).toEqual([null, 1]);
  });
});

describe('rows of the access history', () => {
  it('are for auditors alone', async () => {
    for (const name of ['alice', 'vera', 'otto', 'mia'] as const)
      expect(await refusal(vetting.people[name], HISTORY, { channel: 'csam', first: 1 })).toEqual([
        403,
        'FORBIDDEN',
      ]);
    const { body } = await hub.graphql(alpha!, HISTORY, { channel: 'csam', first: 1 });
    expect(body.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  it('only widen, whoever changes them', async () => {
    await ticket(alpha!);
    for (const sql of [
      `UPDATE feed_access SET rounds = '{[0,1)}', count = count + 1`,
      'UPDATE feed_access SET first_at = now(), count = count + 1',
      'UPDATE feed_access SET count = count - 1',
      `UPDATE feed_access SET member_id = (SELECT id FROM member WHERE handle = 'beta'), count = count + 1`,
      'DELETE FROM feed_access',
    ])
      await expect(admin(sql)).rejects.toThrow('only grows');
    await expect(admin('TRUNCATE feed_access')).rejects.toThrow('stays as it is');
  });

  it('are written by the house alone', async () => {
    const record = (actor: string) =>
      withClient(hub.database.apiUrl, {}, async (client) => {
        await client.query(`SELECT set_config('cairn.actor', '${actor}', false)`);
        await client.query(`SELECT cairn.record_feed_access('alpha', 'csam', 'rounds', NULL, 0, 1, NULL)`);
      });
    for (const actor of ['', 'member:1', 'person:1'])
      await expect(record(actor)).rejects.toThrow('only the house');
    await record('system:api');
    expect(await history()).toHaveLength(1);
  });

  it('go when they are older than the policy keeps them, and no sooner', async () => {
    await ticket(alpha!);
    await ticket(beta!);
    await admin(`SET session_replication_role = replica; UPDATE feed_access SET first_at = first_at - interval '40 days',
      last_at = last_at - interval '40 days', until = until - interval '40 days'
      WHERE member_id = (SELECT id FROM member WHERE handle = 'alpha'); RESET session_replication_role`);
    expect(await forgetFeedAccess(hub.worker, 41)).toBe(0);
    expect(await forgetFeedAccess(hub.worker, 30)).toBe(1);
    expect(await history()).toMatchObject([{ member: 'beta' }]);
  });
});

describe('a rollup that is served', () => {
  it('counts as a delta over the rounds that it folds', async () => {
    let { size, prefix } = await ticket(alpha!);
    while (size < 18) {
      answered(await hub.submit(alpha!, 'csam', [assertion('sha256', randomValue())]));
      await hub.settle();
      ({ size, prefix } = await ticket(alpha!));
    }
    const served = await packs(prefix, size);
    const [, digest] = served.find(([index]) => index === 16)!;
    expect((await fetched(prefix, `pack/${digest}`)).status).toBe(200);
    expect((await history()).filter(({ way }) => way === 'DELTA' || way === 'PACKS')).toMatchObject([
      { way: 'DELTA', type: 'sha256', rounds: [{ from: 0, to: 16 }], count: 1 },
    ]);
  });
});

describe('cairn audit access', () => {
  it('lists for an auditor what each member was served', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cairn-access-'));
    const home = await loggedIn(hub, join(directory, 'ada'), 'ada');
    const { size } = await ticket(alpha!);
    await ticket(beta!);
    const { code, json } = await cairnIn(home, ['audit', 'access', '--channel', 'csam', '--member', 'beta']);
    rmSync(directory, { recursive: true, force: true });
    expect(code).toBe(0);
    expect(json.accesses).toMatchObject([{ member: 'beta', way: 'ticket', rounds: [{ from: 0, to: size }] }]);
  });
});
