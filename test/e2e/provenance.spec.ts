import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withClient } from '#libs/platform';
import { leafHash, verifyInclusion } from '#libs/tlog';
import { assertion, randomValue, retraction, type TestHub, type TestMember } from './api-hub.js';
import { VettingHub } from './applications-desk.js';
import { anybody, got, machine, refusal, type Ask } from './applications-hub.js';

const HISTORY = `query ($type: String!, $value: String!, $channel: String!, $first: Int!, $after: String, $purpose: String) {
  provenance(type: $type, value: $value, channel: $channel, first: $first, after: $after, purpose: $purpose) { __typename
    ... on Provenance { channel type size latest pageInfo { hasNextPage endCursor } edges { node {
      kind index line time verdict code effect prev named reason expires endedAs endedBy member key ended { index line } leaf proof
      author { member group key keyAdded keyRevoked keyVoidFrom keyStanding own } } } }
    ... on NotFound { code message } } }`;
const READS = `query ($first: Int!, $after: String) { authorshipReads(first: $first, after: $after) {
  edges { node { number person index line channel purpose at } } pageInfo { hasNextPage endCursor } } }`;

const BOTH = { submit: true, receive: true };
const PURPOSE = 'complaint 17';

let vetting: VettingHub;
let hub: TestHub;
let reader: TestMember;
let carol: TestMember;
let dave: TestMember;
let erin: TestMember;
let ada: Ask;

beforeAll(async () => {
  vetting = await VettingHub.start();
  ({ hub } = vetting);
  ({ ada } = vetting.people);
  await hub.createChannel('tvec');
  [reader, carol, dave, erin] = (await Promise.all(
    ['reader', 'carol', 'dave', 'erin'].map((n) => hub.admit(n)),
  )) as [TestMember, TestMember, TestMember, TestMember];
  for (const member of [reader, carol, dave, erin]) await hub.allow(member, 'csam', BOTH);
  await hub.settle();
});
afterAll(() => vetting.close());

async function say(member: TestMember, entries: object[], attribution = 'anonymous'): Promise<void> {
  const { body } = await hub.submit(member, 'csam', entries, { attribution });
  expect(body.data.submit.__typename).toBe('SubmissionReceipt');
  await hub.settle();
}

const ask = (who: Ask, value: string, more: object = {}) =>
  got(who, HISTORY, { type: 'sha256', value, channel: 'csam', first: 100, ...more });
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const eventsOf = async (who: Ask, value: string, more: object = {}): Promise<any[]> =>
  (await ask(who, value, more)).edges.map(({ node }: { node: unknown }) => node);
const asMember = (member: TestMember): Ask => machine(hub, member);
const reads = async () =>
  (await got(ada, READS, { first: 200 })).edges.map(({ node }: { node: object }) => node);

describe('the history of a signal', () => {
  it('holds every entry in log order, with a proof of each leaf and a chain of previous indexes without a gap', async () => {
    const value = randomValue();
    await say(carol, [assertion('sha256', value), assertion('sha256', randomValue())], 'named');
    await say(dave, [assertion('sha256', randomValue()), assertion('sha256', value)]);
    await say(carol, [retraction('sha256', value, { reason: 'false_positive' })], 'named');
    const found = await ask(asMember(reader), value);
    const events = found.edges.map(({ node }: { node: unknown }) => node);
    expect(events).toMatchObject([
      {
        kind: 'ASSERTION',
        line: 0,
        verdict: 'ACCEPTED',
        prev: null,
        named: true,
        effect: 'effective',
        author: { member: 'carol', group: 'carol', keyStanding: 'ACTIVE', keyRevoked: null, own: false },
      },
      { kind: 'ASSERTION', line: 1, prev: events[0].index, named: false, author: null, effect: null },
      { kind: 'RETRACTION', line: 0, prev: events[1].index, named: true, reason: 'false_positive' },
    ]);
    expect(found).toMatchObject({ latest: events[2].index, pageInfo: { hasNextPage: false } });
    expect(found.latest).toBeLessThan(found.size);
    for (const { proof, leaf, index } of events) {
      const signed = readProof(proof);
      const claim = { leafHash: leafHash(Buffer.from(leaf)), index, ...signed };
      expect(() => verifyInclusion(claim)).not.toThrow();
    }
  });

  it('comes in pages that hold each event once', async () => {
    const value = randomValue();
    for (const member of [carol, dave, erin])
      await say(member, [assertion('sha256', value), retraction('sha256', value)]);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: {
        edges: { node: { index: number; line: number } }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      } = await ask(asMember(reader), value, { first: 4, after });
      seen.push(...page.edges.map(({ node }) => `${node.index}/${node.line}`));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toHaveLength(6);
    expect(new Set(seen).size).toBe(6);
    const { endCursor } = (await ask(asMember(reader), value, { first: 1 })).pageInfo;
    expect(
      await refusal(asMember(carol), HISTORY, {
        type: 'sha256',
        value,
        channel: 'csam',
        first: 1,
        after: endCursor,
      }),
    ).toEqual([400, 'INVALID_CURSOR']);
  });

  it('is the same answer where there is no signal, no right to the channel, and no channel', async () => {
    const value = randomValue();
    await say(carol, [assertion('sha256', value)]);
    const variables = { type: 'sha256', value, channel: 'csam', first: 10 };
    const stranger = asMember(vetting.alpha);
    const answers = await Promise.all([
      stranger(HISTORY, variables),
      asMember(reader)(HISTORY, { ...variables, channel: 'tvec' }),
      asMember(reader)(HISTORY, { ...variables, channel: 'nowhere' }),
      asMember(reader)(HISTORY, { ...variables, channel: 'No Name' }),
      asMember(reader)(HISTORY, { ...variables, value: randomValue() }),
      ada(HISTORY, { ...variables, value: randomValue(), purpose: PURPOSE }),
    ]);
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]!.body.data.provenance).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is not for an author without the right to receive, nor for operators, administrators or strangers', async () => {
    const silent = await hub.admit('silent');
    await hub.allow(silent, 'csam', { submit: true, receive: false });
    await hub.settle();
    const value = randomValue();
    await say(silent, [assertion('sha256', value)]);
    expect(await ask(asMember(silent), value)).toMatchObject({ __typename: 'NotFound' });
    const variables = { type: 'sha256', value, channel: 'csam', first: 10 };
    for (const name of ['otto', 'mia'] as const)
      expect(await refusal(vetting.people[name], HISTORY, variables)).toEqual([403, 'FORBIDDEN']);
    expect(await refusal(anybody(hub), HISTORY, variables)).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('names the argument at fault and never repeats a value', async () => {
    const value = randomValue();
    const good = { type: 'sha256', value, channel: 'csam', first: 10 };
    const cases: object[] = [{ type: 'sha3' }, { value: value.slice(1) }, { first: 201 }];
    for (const more of cases) {
      const { body } = await asMember(reader)(HISTORY, { ...good, ...more });
      const [field] = Object.keys(more);
      expect(body.errors![0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
      expect(body.errors![0]!.message).toMatch(new RegExp(`^${field} `));
      expect(JSON.stringify(body)).not.toContain(value.slice(1));
    }
    for (const purpose of ['', ' ', 'a\nb', 'x'.repeat(201)])
      expect(await refusal(ada, HISTORY, { ...good, purpose })).toEqual([400, 'BAD_USER_INPUT']);
    expect(hub.log.join()).not.toContain(value.slice(1));
  });
});

describe('anonymous authors', () => {
  /** What differs between two entries whatever their authors: where they are, and what proves that. */
  const bare = ({ index, time, prev, leaf, proof, ...rest }: Record<string, unknown>): object => {
    void [index, time, prev, leaf, proof];
    return rest;
  };

  it('cannot be told apart by a member, and see themselves', async () => {
    const value = randomValue();
    await say(carol, [assertion('sha256', value)]);
    await say(dave, [assertion('sha256', value)]);
    const shown = await eventsOf(asMember(reader), value);
    expect(bare(shown[0])).toEqual(bare(shown[1]));
    const [own, other] = await eventsOf(asMember(carol), value, { purpose: PURPOSE });
    expect(own.author).toMatchObject({ member: 'carol', own: true, key: carol.signing.publicKey.kid });
    expect(other.author).toBeNull();
  });

  it('are shown to staff who say why, and only then, and every one that was shown is recorded', async () => {
    const value = randomValue();
    await say(carol, [assertion('sha256', value)]);
    await say(dave, [assertion('sha256', value)]);
    await say(erin, [assertion('sha256', value)], 'named');
    const before = await reads();
    const without = await eventsOf(ada, value);
    expect(without.map(({ author }) => author?.member ?? null)).toEqual([null, null, 'erin']);
    expect(await reads()).toEqual(before);
    const events = await eventsOf(ada, value, { purpose: PURPOSE });
    expect(events.map(({ author }) => author.member)).toEqual(['carol', 'dave', 'erin']);
    const after = await reads();
    expect(after).toHaveLength(before.length + 2);
    expect(
      after
        .slice(0, 2)
        .map(({ index }: { index: number }) => index)
        .sort(),
    ).toEqual(
      events
        .slice(0, 2)
        .map(({ index }) => index)
        .sort(),
    );
    expect(after[0]).toMatchObject({ line: 0, channel: 'csam', purpose: PURPOSE });
    // Only what was on the page has been shown.
    await eventsOf(vetting.people.vera, value, { purpose: PURPOSE, first: 1 });
    const [latest, ...rest] = await reads();
    expect(rest).toEqual(after);
    expect(latest).toMatchObject({ index: events[0].index });
    expect(latest.person).not.toBe(after[0].person);
  });

  it('have their readers listed for auditors alone, in rows that nobody can change', async () => {
    for (const name of ['alice', 'vera', 'otto', 'mia'] as const)
      expect(await refusal(vetting.people[name], READS, { first: 1 })).toEqual([403, 'FORBIDDEN']);
    expect(await refusal(asMember(reader), READS, { first: 1 })).toEqual([403, 'FORBIDDEN']);
    const { edges, pageInfo } = await got(ada, READS, { first: 1 });
    const next = await got(ada, READS, { first: 1, after: pageInfo.endCursor });
    expect(next.edges[0].node.number).toBeLessThan(edges[0].node.number);
    await withClient(hub.database.adminUrl, { searchPath: 'cairn' }, async (admin) => {
      for (const sql of [
        "UPDATE authorship_read SET purpose = 'x'",
        'DELETE FROM authorship_read',
        'TRUNCATE authorship_read',
      ])
        await expect(admin.query(sql)).rejects.toThrow('stays as it is');
    });
  });

  it('are kept by the database itself, whatever the API asks it', async () => {
    const value = randomValue();
    await say(carol, [assertion('sha256', value)]);
    const asked = (actor: string, why: string | null) =>
      withClient(hub.database.apiUrl, {}, async (api) => {
        await api.query(`BEGIN; SELECT set_config('cairn.actor', '${actor}', true)`);
        const { rows } = await api.query<{ member: string | null }>(
          `SELECT member FROM cairn.signal_history('csam', 3::smallint, $1, $2, -1, -1, 10)`,
          [Buffer.from(value, 'hex'), why],
        );
        await api.query('ROLLBACK');
        return rows.map(({ member }) => member);
      });
    const [id] = await hub.database.admin.read('find', 'system:test', (tx) =>
      tx.query<{ reader: number; ada: number; mia: number }>(
        `SELECT (SELECT id FROM cairn.member WHERE handle = 'reader') AS reader,
                (SELECT person_id FROM cairn.role_held WHERE role = 'auditor') AS ada,
                (SELECT person_id FROM cairn.role_held WHERE role = 'member_admin') AS mia`,
      ),
    );
    expect(await asked(`member:${id!.reader}`, 'x')).toEqual([null]);
    expect(await asked(`person:${id!.ada}`, null)).toEqual([null]);
    expect(await asked(`person:${id!.ada}`, 'x')).toEqual(['carol']);
    for (const actor of [`person:${id!.mia}`, 'system:api', '', 'member:999'])
      expect(await asked(actor, 'x')).toEqual([]);
  });
});

describe('an entry that became void', () => {
  it('is told of a revoked key to those who may know the author, and to nobody else', async () => {
    const [alone, shared, named] = [randomValue(), randomValue(), randomValue()];
    const thief = await hub.admit('thief');
    await hub.allow(thief, 'csam', BOTH);
    await hub.settle();
    await say(thief, [assertion('sha256', alone), assertion('sha256', shared)]);
    await say(thief, [assertion('sha256', named)], 'named');
    await say(dave, [assertion('sha256', shared), assertion('sha256', named)]);
    const before = await eventsOf(asMember(reader), shared);
    await hub.members.revokeKey('system:test', 'thief', thief.signing.publicKey.kid, 'compromised', 0);
    await hub.settle();
    // As long as another claim stands, the feed says nothing of the one that fell, and neither does the history.
    expect((await eventsOf(asMember(reader), shared)).map(({ proof: _p, ...rest }) => rest)).toEqual(
      before.map(({ proof: _p, ...rest }) => rest),
    );
    expect(await eventsOf(asMember(reader), alone)).toMatchObject([
      { kind: 'ASSERTION', endedAs: 'WITHDRAWN', endedBy: null, author: null },
    ]);
    const [entry, , revocation] = await eventsOf(asMember(reader), named);
    expect(entry).toMatchObject({
      endedAs: 'KEY_REVOKED',
      endedBy: revocation.index,
      author: { keyStanding: 'ACTIVE', keyRevoked: revocation.index, keyVoidFrom: 0 },
    });
    expect(revocation).toMatchObject({
      kind: 'KEY_REVOKED',
      member: 'thief',
      line: null,
      ended: [{ index: entry.index, line: 0 }],
    });
    expect(JSON.parse(revocation.leaf)).toMatchObject({ kind: 'key_revoked', member: 'thief' });
    expect(await eventsOf(ada, shared, { purpose: PURPOSE })).toMatchObject([
      { author: { member: 'thief' }, endedAs: 'KEY_REVOKED' },
      { author: { member: 'dave' }, endedAs: null },
      { kind: 'KEY_REVOKED' },
    ]);
    expect(await eventsOf(ada, shared)).toMatchObject([{ author: null, endedAs: null }, { author: null }]);
  });

  it('is told of a recall in the same way', async () => {
    const value = randomValue();
    await say(erin, [assertion('sha256', value)], 'named');
    await say(erin, [assertion('sha256', value)]);
    const [first] = await eventsOf(asMember(reader), value);
    const acted = await got(vetting.people.alice, RECALL, {
      input: { member: 'erin', from: first.index, reason: 'error' },
    });
    expect(acted.__typename).toBe('MemberRecord');
    await hub.settle();
    const [named, anonymous, recall] = await eventsOf(asMember(reader), value);
    expect(named).toMatchObject({ endedAs: 'RECALL', endedBy: recall.index });
    expect(anonymous).toMatchObject({ endedAs: 'WITHDRAWN', endedBy: null, author: null });
    expect(recall).toMatchObject({
      kind: 'RECALL',
      member: 'erin',
      key: null,
      ended: [{ index: named.index, line: 0 }],
    });
    const [, own, ownRecall] = await eventsOf(asMember(erin), value);
    expect(own).toMatchObject({ endedAs: 'RECALL', endedBy: recall.index });
    expect(ownRecall.ended).toHaveLength(2);
  });

  it('has the recall of an anonymous entry recorded as a read of its author, on whatever page it is', async () => {
    const value = randomValue();
    await say(carol, [assertion('sha256', value)]);
    const [{ index }] = await eventsOf(asMember(carol), value);
    await got(vetting.people.alice, RECALL, { input: { member: 'carol', from: index, reason: 'error' } });
    await hub.settle();
    const after = (await ask(ada, value, { first: 1 })).pageInfo.endCursor;
    const before = await reads();
    expect(await eventsOf(ada, value, { purpose: PURPOSE, after })).toMatchObject([
      { kind: 'RECALL', member: 'carol' },
    ]);
    expect(await reads()).toMatchObject([{ index, purpose: PURPOSE }, ...before]);
  });
});

const RECALL = `mutation ($input: RecallInput!) { recallMember(input: $input) { __typename } }`;

/** The parts of a tlog-proof text: hashes, and size and root of its checkpoint. */
function readProof(text: string): { proof: Uint8Array[]; size: number; root: Uint8Array } {
  const [head, note] = [text.slice(0, text.indexOf('\n\n')), text.slice(text.indexOf('\n\n') + 2)];
  const lines = head.split('\n').slice(2);
  const [, size, root] = note.split('\n');
  return {
    proof: lines.map((line) => Buffer.from(line, 'base64')),
    size: Number(size),
    root: Buffer.from(root!, 'base64'),
  };
}
