import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { forgetFeedAccess, listExposure } from '#libs/feed';
import { withClient } from '#libs/platform';
import { decodeEntryBundle } from '#libs/tlog';
import { answered, assertion, randomValue, retraction, type TestHub, type TestMember } from './api-hub.js';
import { VettingHub } from './applications-desk.js';
import { got, refusal, type Ask } from './applications-hub.js';
import { cairnIn, loggedIn } from './cli-session.js';
import type { MemberRow, PersonRow } from './exposure-queries.js';
import { DELTA, EXPOSURE, PERSONS, PROVENANCE, REPLAY, TICKET } from './exposure-queries.js';

let vetting: VettingHub;
let hub: TestHub;
let ada: Ask;
let [alpha, beta, carol, dave, erin]: TestMember[] = [];

/** Added in one round, and removed two rounds later. */
let value: string;
/** Sizes of the feed before it was added, while it was there, and after it was removed. */
let sizes: { before: number; during: number; after: number };

beforeAll(async () => {
  vetting = await VettingHub.start();
  ({ hub, alpha, beta } = vetting);
  ({ ada } = vetting.people);
  [carol, dave, erin] = await Promise.all(['carol', 'dave', 'erin'].map((name) => hub.admit(name)));
  for (const member of [alpha, beta, carol, dave])
    await hub.allow(member!, 'csam', { submit: true, receive: true });
  await hub.settle();
  value = randomValue();
  await say([assertion('sha256', randomValue())]);
  const before = await size();
  await say([assertion('sha256', value)]);
  const during = await size();
  await say([assertion('sha256', randomValue())]);
  await say([retraction('sha256', value)]);
  sizes = { before, during, after: await size() };
});
afterAll(() => vetting?.close());
beforeEach(() => admin('DELETE FROM feed_access'));

/** Past the guards, which let nothing young go. */
const admin = (sql: string) =>
  withClient(hub.database.adminUrl, { searchPath: 'cairn' }, (client) =>
    client.query(`SET session_replication_role = replica; ${sql}; RESET session_replication_role`),
  );

async function say(entries: object[]): Promise<void> {
  expect(answered(await hub.submit(alpha!, 'csam', entries)).__typename).toBe('SubmissionReceipt');
  await hub.settle();
}

/** Row id of ada. */
async function auditor(): Promise<number> {
  const { rows } = await withClient(hub.database.adminUrl, { searchPath: 'cairn' }, (client) =>
    client.query<{ id: number }>(`SELECT person_id AS id FROM role_change WHERE role = 'auditor'`),
  );
  return rows[0]!.id;
}

const size = async (): Promise<number> =>
  (await hub.graphql(alpha!, '{ feed(id: "csam") { ... on Feed { size } } }')).body.data.feed.size;

async function ticket(member: TestMember): Promise<{ size: number; prefix: string; expiresAt: string }> {
  const { size, ticket: issued } = (await hub.graphql(member, TICKET)).body.data.feed;
  return { size, ...issued };
}

/** Lets a member fetch the packs of some rounds, as a pull does. */
async function pull(member: TestMember, rounds: readonly number[]): Promise<void> {
  const { size, prefix } = await ticket(member);
  const feed = `${hub.url}${prefix}/feed/csam`;
  const bundle = Buffer.from(await (await fetch(`${feed}/tile/entries/000.p/${size}`)).arrayBuffer());
  const leaves = decodeEntryBundle(bundle, size).map(
    (leaf) => JSON.parse(Buffer.from(leaf).toString()) as { changes?: { packs: { digest: string }[] }[] },
  );
  for (const round of rounds)
    for (const { packs } of leaves[round]!.changes ?? [])
      for (const { digest } of packs) expect((await fetch(`${feed}/pack/${digest}`)).status).toBe(200);
}

async function delta(member: TestMember, after: number): Promise<string[]> {
  const { changes } = (await hub.graphql(member, DELTA, { after })).body.data.feedDelta;
  return changes.map((change: { value: string }) => change.value);
}

const question = (more: object = {}) => ({ type: 'sha256', value, channel: 'csam', first: 1000, ...more });
const ask = (more: object = {}, who: Ask = ada) => got(who, EXPOSURE, question(more));

const nodes = async (more: object = {}): Promise<MemberRow[]> =>
  (await ask(more)).edges.map(({ node }: { node: MemberRow }) => node);

const names = async (more: object = {}): Promise<string[]> =>
  (await nodes(more)).map(({ member, way, certain }) => `${member} ${way} ${certain}`);

const persons = async (more: object = {}): Promise<PersonRow[]> =>
  (await got(ada, PERSONS, question(more))).edges.map(({ node }: { node: PersonRow }) => node);

describe('the exposure of a value', () => {
  it('names the rounds that brought and removed it, and nobody where nobody was served anything', async () => {
    const found = await ask();
    expect(found).toMatchObject({
      ...{ __typename: 'Exposure', channel: 'csam', type: 'sha256', size: sizes.after, edges: [] },
      changes: [
        { round: sizes.before, op: 'ADDED' },
        { round: sizes.after - 1, op: 'REMOVED' },
      ],
    });
    expect(Date.parse(found.horizon)).toBeLessThan(Date.parse(found.changes[0].signedAt));
  });

  it('names whoever was served a pack that brings or removes it, also when that was after the removal', async () => {
    await pull(alpha!, [sizes.before]);
    await pull(beta!, [sizes.after - 1]);
    await pull(carol!, [sizes.before - 1, sizes.during]);
    expect(await names()).toEqual([
      'alpha PACKS true',
      'alpha TICKET false',
      'beta PACKS true',
      'beta TICKET false',
      'carol TICKET false',
    ]);
    expect((await nodes())[0]).toEqual({
      ...{ member: 'alpha', way: 'PACKS', certain: true, count: 1, windows: [] },
      ...{ firstAt: expect.any(String), lastAt: expect.any(String) },
    });
  });

  it('names whoever had a ticket from when the value was there, though it fetched nothing, and until when', async () => {
    const { expiresAt } = await ticket(carol!);
    const [served, ...others] = await nodes();
    const { firstAt, ...found } = served!;
    expect(others).toEqual([]);
    expect(found).toEqual({
      ...{ member: 'carol', way: 'TICKET', certain: false, count: 1, lastAt: expiresAt },
      windows: [{ from: firstAt, to: expiresAt }],
    });
    const { signedAt } = (await ask()).changes[0];
    await admin(`UPDATE feed_access SET first_at = first_at - interval '1 hour'`);
    expect((await nodes())[0]!.windows).toEqual([{ from: signedAt, to: expiresAt }]);
    await admin(`UPDATE feed_access SET until = '${signedAt}'`);
    expect(await nodes()).toEqual([]);
  });

  it('takes tickets of different hours as windows of their own', async () => {
    const { expiresAt } = await ticket(carol!);
    await admin(`INSERT INTO feed_access (member_id, channel_id, way, hour, span, rounds, first_at, last_at, until, count)
      SELECT member_id, channel_id, way, hour + interval '1 hour', span, rounds, first_at + interval '1 hour', last_at + interval '1 hour',
             until + interval '1 hour', 2 FROM feed_access`);
    const [found] = await nodes();
    expect([found!.count, found!.windows.length]).toEqual([3, 2]);
    expect(found!.windows[0]!.to).toBe(expiresAt);
    expect(found!.lastAt).toBe(found!.windows[1]!.to);
  });

  it('names whoever was served a delta that holds the value, and not one in which it came and went', async () => {
    const { before, during, after } = sizes;
    expect(await delta(dave!, before)).not.toContain(value);
    expect(await names()).toEqual([]);
    expect(await delta(beta!, during)).toContain(value);
    expect(await names()).toEqual(['beta DELTA false']);
    expect(await delta(carol!, after - 1)).toContain(value);
    await delta(dave!, 0);
    expect(await names()).toEqual(['beta DELTA false', 'carol DELTA false']);
  });

  it('does not name a member without the right to receive, nor one that was served another type', async () => {
    expect((await hub.graphql(erin!, TICKET)).body.data.feed).toEqual({});
    await pull(alpha!, [sizes.before]);
    await admin(
      `UPDATE feed_access SET type_code = type_code + 1 WHERE way = 'packs'; DELETE FROM feed_access WHERE way = 'ticket'`,
    );
    expect(await names()).toEqual([]);
  });

  it('comes in pages that hold each row once, whose cursors are good for nothing else', async () => {
    for (const member of [alpha, beta, carol]) await ticket(member!);
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page = await ask({ first: 1, after });
      seen.push(...page.edges.map(({ node }: { node: { member: string } }) => node.member));
      ({ hasNextPage: more, endCursor: after } = page.pageInfo);
    }
    expect(seen).toEqual(['alpha', 'beta', 'carol']);
    const { endCursor } = (await ask({ first: 1 })).pageInfo;
    for (const query of [EXPOSURE, PERSONS]) {
      const other = query === EXPOSURE ? { value: randomValue() } : {};
      expect(await refusal(ada, query, question({ ...other, after: endCursor }))).toEqual([
        400,
        'INVALID_CURSOR',
      ]);
    }
  });
});

describe('when the same pack is announced again', () => {
  it('knows whoever was served it by the round that announced it first', async () => {
    const again = randomValue();
    const start = await size();
    await say([assertion('sha256', again)]);
    await say([retraction('sha256', again)]);
    await say([assertion('sha256', again)]);
    await pull(carol!, [start + 2]);
    const { changes } = await ask({ value: again });
    expect(changes.map(({ round, op }: { round: number; op: string }) => [round - start, op])).toEqual([
      [0, 'ADDED'],
      [1, 'REMOVED'],
      [2, 'ADDED'],
    ]);
    const [first, last] = [changes[0], changes[2]];
    expect(Date.parse(first.signedAt)).toBeLessThan(Date.parse(last.signedAt));
    expect(await names({ value: again })).toEqual(['carol PACKS true', 'carol TICKET false']);
  });
});

describe('when a round has several packs of the type', () => {
  it('does not say that the one with the value was served', async () => {
    await pull(alpha!, [sizes.before]);
    const at = { round: sizes.before, first: sizes.before };
    const change = { ...at, op: 'add', alone: false, signedAt: new Date(0) } as const;
    const found = await hub.database.api.read('list', `person:${await auditor()}`, (tx) =>
      listExposure(
        tx,
        { size: sizes.after, changes: [change] },
        { channel: 'csam', typeCode: 3, first: 10, after: null },
      ),
    );
    expect(found.filter(({ way }) => way === 'packs')).toMatchObject([{ member: 'alpha', certain: false }]);
  });
});

describe('the persons who could have received a value', () => {
  it('are those who were shown an author or evidence of an entry about it, and those who asked for a replay', async () => {
    const other = randomValue();
    await say([assertion('sha256', other)]);
    const shown = await got(vetting.people.vera, PROVENANCE, { value, purpose: 'complaint 17' });
    await got(vetting.people.vera, PROVENANCE, { value: other, purpose: 'another' });
    const [{ index: added }, { index: removed }] = shown.edges.map(
      ({ node }: { node: { index: number } }) => node,
    );
    expect(await persons()).toMatchObject(
      [removed, added].map((index) => ({
        ...{ kind: 'AUTHORSHIP', from: index, end: index + 1, purpose: 'complaint 17', until: null },
      })),
    );
    const { prefix, expiresAt } = await got(ada, REPLAY, { purpose: 'yearly audit' });
    for (const range of [`${added}-${added + 1}`, `${removed + 1}-${removed + 2}`])
      expect((await fetch(`${hub.url}${prefix}/evidence/${range}`)).status).toBe(200);
    const [evidence, replay, ...others] = await persons();
    expect(others.map(({ kind }) => kind)).toEqual(['AUTHORSHIP', 'AUTHORSHIP']);
    expect(evidence).toMatchObject({
      kind: 'EVIDENCE',
      from: added,
      end: added + 1,
      purpose: 'yearly audit',
      until: null,
    });
    expect(replay).toMatchObject({ kind: 'REPLAY', person: evidence!.person, from: null, end: null });
    expect(Math.abs(Date.parse(replay!.until!) - Date.parse(expiresAt))).toBeLessThan(2000);
    expect(evidence!.person).toBe(String(await auditor()));
  });

  it('come in pages that hold each row once', async () => {
    const all = await persons();
    const seen: unknown[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page = await got(ada, PERSONS, question({ first: 1, after }));
      seen.push(...page.edges.map(({ node }: { node: unknown }) => node));
      ({ hasNextPage: more, endCursor: after } = page.pageInfo);
    }
    expect(all.length).toBeGreaterThan(3);
    expect(seen).toEqual(all);
  });
});

describe('the horizon of an exposure', () => {
  it('is the end of the latest access that was forgotten, whatever the policy was then, and never goes back', async () => {
    await ticket(alpha!);
    await ticket(beta!);
    const { horizon: before } = await ask();
    expect(await forgetFeedAccess(hub.worker, 30)).toBe(0);
    expect((await ask()).horizon).toBe(before);
    const shift = (days: number, name: string) =>
      admin(`UPDATE feed_access SET first_at = first_at - interval '${days} days', last_at = last_at - interval '${days} days',
        until = until - interval '${days} days' WHERE member_id = (SELECT id FROM member WHERE handle = '${name}');
        UPDATE feed_access_horizon SET whole_after = least(whole_after, now() - interval '90 days')`);
    await shift(40, 'alpha');
    const ended = (await times()).alpha!;
    expect(await forgetFeedAccess(hub.worker, 30)).toBe(1);
    expect((await ask()).horizon).toBe(ended);
    await shift(50, 'beta');
    await withClient(hub.database.adminUrl, { searchPath: 'cairn' }, async (client) => {
      await client.query(`UPDATE feed_access_horizon SET whole_after = now() - interval '35 days'`);
    });
    const set = (await ask()).horizon;
    expect(await forgetFeedAccess(hub.worker, 45)).toBe(1);
    expect((await ask()).horizon).toBe(set);
  });

  it('is moved by nobody but the rows that go', async () => {
    for (const sql of [
      `UPDATE feed_access_horizon SET whole_after = whole_after - interval '1 day'`,
      'DELETE FROM feed_access_horizon',
    ])
      await expect(plain(sql)).rejects.toThrow('what is forgotten stays so');
    await expect(plain('TRUNCATE feed_access_horizon')).rejects.toThrow('stays as it is');
    await expect(
      hub.worker.transaction('move', 'system:worker', (tx) =>
        tx.execute(`UPDATE cairn.feed_access_horizon SET whole_after = now()`),
      ),
    ).rejects.toMatchObject({ code: '42501' });
  });
});

const plain = (sql: string) =>
  withClient(hub.database.adminUrl, { searchPath: 'cairn' }, (client) => client.query(sql));

/** When the accesses of each member end. */
async function times(): Promise<Record<string, string>> {
  const { rows } = await withClient(hub.database.adminUrl, { searchPath: 'cairn' }, (client) =>
    client.query<{ member: string; until: Date }>(
      'SELECT m.handle AS member, f.until FROM feed_access f JOIN member m ON m.id = f.member_id',
    ),
  );
  return Object.fromEntries(rows.map(({ member, until }) => [member, until.toISOString()]));
}

describe('when it is asked wrongly', () => {
  it('has one answer for a value that the channel never had and for a channel that there is not', async () => {
    for (const query of [EXPOSURE, PERSONS])
      for (const more of [{ value: randomValue() }, { channel: 'nothing' }, { channel: 'No\u0000Name' }])
        expect(await got(ada, query, question(more))).toMatchObject({
          __typename: 'NotFound',
          code: 'NOT_FOUND',
        });
  });

  it('says of a value that was said and never came into the feed that no round holds it', async () => {
    await hub.allow(erin!, 'csam', { submit: true, receive: false });
    await hub.settle();
    const rejected = randomValue();
    expect(answered(await hub.submit(erin!, 'csam', [retraction('sha256', rejected)])).__typename).toBe(
      'SubmissionReceipt',
    );
    await hub.settle();
    await ticket(carol!);
    expect(await ask({ value: rejected })).toMatchObject({ __typename: 'Exposure', changes: [], edges: [] });
  });

  it('names the argument at fault and never repeats a value', async () => {
    for (const query of [EXPOSURE, PERSONS])
      for (const more of [{ type: 'sha3' }, { value: value.slice(1) }, { first: 1001 }, { first: 0 }]) {
        const { status, body } = await ada(query, question(more));
        expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
        expect(body.errors![0]!.message).toMatch(new RegExp(`^${Object.keys(more)[0]} `));
        expect(JSON.stringify(body)).not.toContain(value.slice(1));
      }
  });

  it('answers auditors alone', async () => {
    for (const query of [EXPOSURE, PERSONS]) {
      for (const name of ['alice', 'vera', 'otto', 'mia'] as const)
        expect(await refusal(vetting.people[name], query, question())).toEqual([403, 'FORBIDDEN']);
      const { body } = await hub.graphql(alpha!, query, question());
      expect(body.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    }
  });
});

describe('cairn audit exposure', () => {
  it('tells an auditor who could have received a value, and exits with 3 for one that never was there', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cairn-exposure-'));
    const home = await loggedIn(hub, join(directory, 'ada'), 'ada');
    await pull(alpha!, [sizes.before]);
    await got(ada, REPLAY, { purpose: 'a look' });
    const command = (of: string) => ['audit', 'exposure', 'sha256', of, '--channel', 'csam'];
    const { code, json } = await cairnIn(home, command(value));
    const { out } = await cairnIn(home, command(value), { plain: true });
    const unknown = await cairnIn(home, command(randomValue()));
    const wrong = await cairnIn(home, command('x'));
    rmSync(directory, { recursive: true, force: true });
    expect([code, unknown.code, wrong.code]).toEqual([0, 3, 2]);
    expect(json).toMatchObject({ channel: 'csam', changes: [{ op: 'added' }, { op: 'removed' }] });
    expect(json.members).toMatchObject([
      { member: 'alpha', way: 'packs', certain: true },
      { member: 'alpha', way: 'ticket', windows: [{ to: expect.any(Number) }] },
    ]);
    expect(json.persons).toContainEqual(expect.objectContaining({ kind: 'replay', purpose: 'a look' }));
    expect(out).toMatch(
      /^round \d+ {2}added[^]*alpha {2}was served it: packs[^]*nothing about this value is forgotten/,
    );
  });
});
