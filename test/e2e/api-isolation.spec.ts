import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findStanding } from '#libs/membership';
import { answered, assertion, randomValue, TestHub, type GraphqlAnswer, type TestMember } from './api-hub.js';

let hub: TestHub;
let alice: TestMember;
let bob: TestMember;
let submitter: TestMember;
let jti: string;
beforeAll(async () => {
  hub = await TestHub.start();
  for (const channel of ['csam', 'open', 'tvec']) await hub.createChannel(channel);
  alice = await hub.admit('alice');
  bob = await hub.admit('bob');
  submitter = await hub.admit('submitter');
  for (const channel of ['csam', 'open', 'tvec'])
    await hub.allow(alice, channel, { submit: true, receive: true });
  await hub.allow(bob, 'open', { submit: true, receive: true });
  await hub.allow(submitter, 'csam', { submit: true, receive: false });
  await hub.settle();
  const entries = Array.from({ length: 5 }, () => assertion('sha256', randomValue()));
  jti = answered(await hub.submit(alice, 'csam', entries)).jti;
  await hub.submit(alice, 'open', [assertion('sha256', randomValue())]);
  await hub.settle();
});
afterAll(() => hub?.close());

const SUBMISSION = `query ($jti: ID!) { submission(jti: $jti) { __typename
  ... on Failure { code message } ... on Submission { state count promise entries(first: 10) { edges { cursor } } } } }`;
const FEED = `query ($id: ID!) { feed(id: $id) { __typename ... on Failure { code message }
  ... on Feed { id size root checkpoint types { type records root } policy { tlp } ticket { prefix } } } }`;
const DELTA = `query ($feed: ID!, $type: String!, $after: SafeInt!, $cursor: String) {
  feedDelta(feed: $feed, type: $type, after: $after, first: 2, cursor: $cursor) { __typename
    ... on Failure { code message } ... on FeedDeltaPage { to last cursor jws changes { value } } } }`;
const FEEDS = `query ($first: Int!, $after: String) { feeds(first: $first, after: $after) {
  edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`;

/** Status, headers that can differ, and the very bytes of an answer. */
async function answerOf(
  member: TestMember,
  query: string,
  variables: Record<string, unknown>,
): Promise<string> {
  const response = await fetch(`${hub.url}/graphql`, {
    method: 'POST',
    body: JSON.stringify({ query, variables }),
    headers: { 'content-type': 'application/json', ...(await (await hub.token(member)).headers()) },
  });
  const headers = [...response.headers].filter(([name]) => !['x-request-id', 'date'].includes(name));
  return JSON.stringify([response.status, headers, await response.text()]);
}

describe('what belongs to others', () => {
  it('is answered like what is not there: a submission', async () => {
    expect(await answerOf(alice, SUBMISSION, { jti })).toContain('PUBLISHED');
    const theirs = await answerOf(bob, SUBMISSION, { jti });
    expect(theirs).toContain('NOT_FOUND');
    for (const other of [
      randomUUID(),
      'x',
      '',
      `${jti} `,
      jti.toUpperCase(),
      "' OR ''='",
      'a\u0000b',
      '𝒳'.repeat(100),
    ]) {
      expect(await answerOf(bob, SUBMISSION, { jti: other })).toBe(theirs);
    }
  });

  it('is answered like what is not there: a feed', async () => {
    expect(await answerOf(alice, FEED, { id: 'csam' })).toContain('hub.test/feed/csam');
    const theirs = await answerOf(bob, FEED, { id: 'csam' });
    expect(theirs).toContain('NOT_FOUND');
    for (const id of ['nothing', '', 'CSAM', 'csam ', '../csam', "' OR ''='", 'a\u0000b', 'x'.repeat(1000)]) {
      expect(await answerOf(bob, FEED, { id })).toBe(theirs);
    }
    // The right to submit is no right to receive.
    expect(await answerOf(submitter, FEED, { id: 'csam' })).toBe(theirs);
  });

  it('is answered like what is not there: a delta', async () => {
    const ask = (member: TestMember, feed: string, change: object = {}) =>
      answerOf(member, DELTA, { feed, type: 'sha256', after: 0, ...change });
    expect(await ask(alice, 'csam')).toContain('FeedDeltaPage');
    const theirs = await ask(bob, 'csam');
    expect(theirs).toContain('NOT_FOUND');
    for (const feed of ['nothing', '', 'a\u0000b']) expect(await ask(bob, feed)).toBe(theirs);
    expect(await ask(bob, 'csam', { after: 10 ** 9 })).toBe(theirs);
    expect(await ask(bob, 'csam', { cursor: 'x' })).toBe(theirs);
    expect(await ask(submitter, 'csam')).toBe(theirs);
    expect(await ask(alice, 'csam', { type: 'crc32' })).toBe(theirs);
  });

  it('is answered like what is not there, whatever of it is asked for', async () => {
    const { body } = await hub.graphql(
      alice,
      `{ __type(name: "Submission") { fields { name type { kind ofType { kind } } } } }`,
    );
    type Field = { name: string; type: { kind: string; ofType: { kind: string } | null } };
    const scalars = (body.data.__type.fields as Field[])
      .filter(({ type }) =>
        [type.kind, type.ofType?.kind].some((kind) => kind === 'SCALAR' || kind === 'ENUM'),
      )
      .map(({ name }) => name);
    expect(scalars).toEqual(expect.arrayContaining(['promise', 'proof', 'author', 'counter']));
    for (const field of [...scalars, 'entries(first: 1000) { edges { node { line outcome } } }']) {
      const query = `query ($jti: ID!) { submission(jti: $jti) { __typename ... on Failure { code message } ... on Submission { ${field} } } }`;
      const absent = await answerOf(bob, query, { jti: randomUUID() });
      expect(absent).toContain('NOT_FOUND');
      expect(await answerOf(bob, query, { jti })).toBe(absent);
      expect(await answerOf(alice, query, { jti })).not.toContain('NOT_FOUND');
    }
  });

  it('is answered like what is not there: a channel to submit to', async () => {
    const refusal = async (channel: string) =>
      answered(await hub.submit(bob, channel, [assertion('sha256', randomValue())]));
    const theirs = await refusal('csam');
    expect(theirs).toMatchObject({ __typename: 'SubmissionRefused', code: 'UNKNOWN_CHANNEL' });
    expect(await refusal('nothing')).toEqual(theirs);
  });

  it('is answered like what is not there: the jti of another member’s submission', async () => {
    const entries = [assertion('sha256', randomValue())];
    const mine = answered(await hub.submit(bob, 'open', entries, { jti }));
    expect(mine).toMatchObject({ __typename: 'SubmissionReceipt', jti });
    const { data } = (await hub.graphql(alice, SUBMISSION, { jti })).body;
    expect(data.submission.promise).not.toBe(mine.promise);
    expect((await hub.graphql(bob, SUBMISSION, { jti })).body.data.submission.promise).toBe(mine.promise);
  });

  it('stays so when a query forgets to ask whose it is', async () => {
    const api = hub.database.api;
    const standing = async (member: TestMember) =>
      (await api.read('find', 'system:api', (tx) => findStanding(tx, member.name)))!.id;
    const sent = async (member: TestMember) =>
      api.read('forgetful', `member:${await standing(member)}`, (tx) =>
        tx.query(
          'SELECT DISTINCT s.member_id AS member FROM cairn.submission s JOIN cairn.entry e USING (log_index)',
        ),
      );
    await hub.settle();
    expect(await sent(alice)).toEqual([{ member: await standing(alice) }]);
    expect(await sent(bob)).toEqual([{ member: await standing(bob) }]);
    expect(await sent(submitter)).toEqual([]);
  });

  it('is in no list', async () => {
    const list = async (member: TestMember) =>
      (await hub.graphql(member, FEEDS, { first: 100 })).body.data.feeds;
    const ids = (feeds: { edges: { node: { id: string } }[] }) => feeds.edges.map(({ node }) => node.id);
    expect(ids(await list(alice))).toEqual(['csam', 'open', 'tvec']);
    expect(ids(await list(bob))).toEqual(['open']);
    expect(ids(await list(submitter))).toEqual([]);
    const { body } = await hub.graphql(bob, '{ me { channels { channel submit receive } } }');
    expect(body.data.me.channels).toEqual([{ channel: 'open', submit: true, receive: true }]);
  });

  it('is gone at once when the right is taken', async () => {
    const carol = await hub.admit('carol');
    await hub.allow(carol, 'csam', { submit: true, receive: true });
    await hub.settle();
    expect(await answerOf(carol, FEED, { id: 'csam' })).toContain('hub.test/feed/csam');
    await hub.allow(carol, 'csam', { submit: false, receive: false });
    await hub.settle();
    expect(await answerOf(carol, FEED, { id: 'csam' })).toBe(await answerOf(carol, FEED, { id: 'nothing' }));
  });
});

describe('cursors', () => {
  it('of the list of feeds go on where the page ended', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const answer: GraphqlAnswer = await hub.graphql(alice, FEEDS, { first: 1, after });
      const { feeds } = answer.body.data;
      seen.push(...feeds.edges.map(({ node }: { node: { id: string } }) => node.id));
      if (!feeds.pageInfo.hasNextPage) break;
      after = feeds.pageInfo.endCursor;
    }
    expect(seen).toEqual(['csam', 'open', 'tvec']);
  });

  it('are worth nothing for another member, another list, or changed', async () => {
    const { feeds } = (await hub.graphql(alice, FEEDS, { first: 1 })).body.data;
    const cursor = feeds.pageInfo.endCursor as string;
    const refused = async (member: TestMember, after: string) => {
      const { status, body } = await hub.graphql(member, FEEDS, { first: 1, after });
      return [status, body.errors?.[0]?.extensions.code];
    };
    expect(await refused(bob, cursor)).toEqual([400, 'INVALID_CURSOR']);
    expect(await refused(alice, `${cursor.slice(0, -2)}AA`)).toEqual([400, 'INVALID_CURSOR']);
    expect(await refused(alice, '')).toEqual([400, 'INVALID_CURSOR']);
    const delta = (await hub.graphql(alice, DELTA, { feed: 'csam', type: 'sha256', after: 0 })).body.data
      .feedDelta;
    expect(await refused(alice, delta.cursor)).toEqual([400, 'INVALID_CURSOR']);
  });

  it('of a delta are worth nothing for another member, feed, type or beginning', async () => {
    const first = (await hub.graphql(alice, DELTA, { feed: 'csam', type: 'sha256', after: 0 })).body.data
      .feedDelta;
    const ask = async (member: TestMember, variables: object) => {
      const all = { feed: 'csam', type: 'sha256', after: 0, cursor: first.cursor, ...variables };
      return (await hub.graphql(member, DELTA, all)).body.data.feedDelta.__typename;
    };
    expect(await ask(alice, {})).toBe('FeedDeltaPage');
    await hub.allow(bob, 'csam', { submit: false, receive: true });
    await hub.settle();
    expect(await ask(bob, {})).toBe('InvalidCursor');
    expect(await ask(alice, { feed: 'open' })).toBe('InvalidCursor');
    expect(await ask(alice, { type: 'pdq' })).toBe('InvalidCursor');
    expect(await ask(alice, { after: 1 })).toBe('InvalidCursor');
    expect(await ask(alice, { cursor: `${first.cursor}A` })).toBe('InvalidCursor');
  });

  it('of entries are worth nothing for another submission', async () => {
    const query = `query ($jti: ID!, $after: String) { submission(jti: $jti) { ... on Submission {
      entries(first: 2, after: $after) { edges { node { line } } pageInfo { endCursor hasNextPage } } } } }`;
    const page = (await hub.graphql(alice, query, { jti })).body.data.submission.entries;
    const after = page.pageInfo.endCursor;
    const next = (await hub.graphql(alice, query, { jti, after })).body.data.submission.entries;
    expect(next.edges.map(({ node }: { node: { line: number } }) => node.line)).toEqual([2, 3]);
    const other = answered(await hub.submit(alice, 'csam', [assertion('sha256', randomValue())])).jti;
    const { body } = await hub.graphql(alice, query, { jti: other, after });
    expect(body.errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');
  });
});

describe('lists', () => {
  it('cost as many statements whatever their length', async () => {
    for (const channel of ['a', 'b', 'c', 'd', 'e']) {
      await hub.createChannel(channel);
      await hub.allow(alice, channel, { submit: true, receive: true });
    }
    await hub.settle();
    const query =
      'query ($first: Int!) { feeds(first: $first) { edges { node { id types { root } policy { tlp } ticket { prefix } } } } }';
    const cost = async (first: number): Promise<[number, number]> => {
      const before = await transactions();
      const { body } = await hub.graphql(alice, query, { first });
      return [body.data.feeds.edges.length, (await transactions()) - before];
    };
    await cost(1);
    expect(await cost(1)).toEqual([1, 4]);
    expect(await cost(8)).toEqual([8, 4]);
  });

  async function transactions(): Promise<number> {
    const text = await (await fetch(`${hub.url}/metrics`)).text();
    const counts = [...text.matchAll(/^cairn_transaction_duration_seconds_count\{[^}]*\} (\d+)/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }
});
