import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { verifyJsonJws } from '#libs/keys';
import {
  applyPack,
  decodeMetadata,
  openPack,
  parseStrictJson,
  readRound,
  RecordSet,
  toHex,
  type Round,
} from '#libs/protocol';
import { decodeEntryBundle, parseCheckpoint, parseNote } from '#libs/tlog';
import { answered, assertion, randomValue, retraction, TestHub, type TestMember } from './api-hub.js';

interface Change {
  op: 'ADDED' | 'UPDATED' | 'REMOVED';
  value: string;
  [name: string]: unknown;
}

interface Page {
  __typename: string;
  from: number;
  to: number;
  page: number;
  last: boolean;
  cursor: string | null;
  setRoot: string | null;
  changes: Change[];
  jws?: string;
}

const FIELDS = `__typename ... on Failure { code message } ... on FeedReset { horizon }
  ... on FeedDeltaPage { feed type from to page last cursor setRoot
    changes { op value status assurance supporters labels { label count } expires quality authors reason } }`;
const DELTA = `query ($feed: ID!, $type: String!, $after: SafeInt!, $first: Int!, $cursor: String) {
  feedDelta(feed: $feed, type: $type, after: $after, first: $first, cursor: $cursor) { ${FIELDS} } }`;
const SIGNED = DELTA.replace('changes {', 'jws changes {');
const TYPE = 'sha256';

let hub: TestHub;
let alice: TestMember;
let bob: TestMember;
/** The set after each number of rounds, by applying packs as they are served. */
let states: RecordSet[];
beforeAll(async () => {
  hub = await TestHub.start();
  await hub.createChannel('csam');
  alice = await hub.admit('alice');
  bob = await hub.admit('bob', 'hotline');
  for (const member of [alice, bob]) await hub.allow(member, 'csam', { submit: true, receive: true });
  await hub.settle();
  await makeHistory();
  states = await applyAll();
}, 120_000);
afterAll(() => hub?.close());

/** Rounds in which values come, change, go and come again. */
async function makeHistory(): Promise<void> {
  const values = Array.from({ length: 24 }, () => randomValue());
  const act = fc.record({
    by: fc.boolean(),
    labels: fc.constantFrom([], ['csam'], ['csam', 'grooming']),
    picks: fc.uniqueArray(fc.nat({ max: values.length - 1 }), { minLength: 1, maxLength: 12 }),
    retract: fc.integer({ min: 0, max: 2 }).map((n) => n === 0),
    named: fc.boolean(),
    rest: fc.boolean(),
  });
  for (const [i, { by, labels, picks, retract, named, rest }] of fc.sample(act, 24).entries()) {
    const entries = picks.map((pick) =>
      retract
        ? retraction(TYPE, values[pick]!, { reason: 'error' })
        : assertion(TYPE, values[pick]!, { labels, expires: '2099-01-01' }),
    );
    const change = { attribution: named ? 'named' : 'anonymous' };
    answered(await hub.submit(by ? alice : bob, 'csam', entries, change));
    // Sometimes several submissions make one round, and yet there are rounds enough to begin at.
    if (rest || i % 2 === 0) await hub.settle();
  }
  answered(await hub.submit(alice, 'csam', [assertion('pdq', randomValue(), { quality: 70 })]));
  await hub.settle();
}

async function applyAll(): Promise<RecordSet[]> {
  const { prefix } = (await hub.graphql(alice, '{ feed(id: "csam") { ... on Feed { ticket { prefix } } } }'))
    .body.data.feed.ticket as { prefix: string };
  const read = async (path: string) =>
    Buffer.from(await (await fetch(`${hub.url}${prefix}/feed/csam/${path}`)).arrayBuffer());
  const { size } = parseCheckpoint(parseNote((await read('checkpoint')).toString()).text);
  const leaves = decodeEntryBundle(await read(`tile/entries/000.p/${size}`), size);
  const sets = [RecordSet.empty({ type: TYPE, keyLength: 32, hasValues: false })];
  for (const leaf of leaves) {
    const text = Buffer.from(leaf).toString();
    const round: Round = readRound(parseStrictJson(text), text);
    let set = sets.at(-1)!;
    for (const change of round.kind === 'round' ? round.changes.filter(({ type }) => type === TYPE) : []) {
      for (const announced of change.packs) {
        set = applyPack(set, openPack(TYPE, announced, await read(`pack/${announced.digest}`)));
      }
    }
    sets.push(set);
  }
  return sets;
}

async function ask(variables: object, query = DELTA): Promise<Page> {
  const { body } = await hub.graphql(alice, query, { feed: 'csam', type: TYPE, first: 10, ...variables });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data.feedDelta as Page;
}

async function readAll(after: number, first: () => number, query = DELTA): Promise<Page[]> {
  const pages = [await ask({ after, first: first() }, query)];
  while (!pages.at(-1)!.last) {
    pages.push(await ask({ after, first: first(), cursor: pages.at(-1)!.cursor }, query));
  }
  return pages;
}

/** What a reader of pages holds of a record. */
function shown(set: RecordSet): Map<string, string> {
  return new Map(
    [...set.records()].map(({ key, metadata }) => {
      const { status, assurance, supporters, expiryDay } = decodeMetadata(metadata);
      return [
        toHex(key),
        [status.toUpperCase(), assurance.toUpperCase(), supporters, expiryDay !== undefined].join(),
      ];
    }),
  );
}

/** Applies changes as a reader does, refusing what does not fit. */
function apply(copy: Map<string, string>, changes: readonly Change[]): Map<string, string> {
  const after = new Map(copy);
  for (const { op, value, status, assurance, supporters, expires } of changes) {
    expect([value, after.has(value)]).toEqual([value, op !== 'ADDED']);
    if (op === 'REMOVED') after.delete(value);
    else after.set(value, [status, assurance, supporters, expires !== null].join());
  }
  return after;
}

describe('feed deltas', () => {
  it('bring a copy from any size to the present, page by page, to exactly what the packs give', async () => {
    const size = states.length - 1;
    expect(size).toBeGreaterThan(8);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: size }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        async (after, firsts) => {
          const pages = await readAll(after, () => firsts.next().value);
          const changes = pages.flatMap((page) => page.changes);
          const values = changes.map(({ value }) => value);
          expect(values).toEqual([...new Set(values)].sort());
          expect(pages.map(({ page, from, to }) => [page, from, to])).toEqual(
            pages.map((_, i) => [i, after, size]),
          );
          expect(pages.map(({ setRoot, last, cursor }) => [setRoot !== null, cursor === null, last])).toEqual(
            pages.map((_, i) => Array<boolean>(3).fill(i === pages.length - 1)),
          );
          expect(pages.at(-1)!.setRoot).toBe(toHex(states[size]!.root));
          expect(apply(shown(states[after]!), changes)).toEqual(shown(states[size]!));
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);

  it('say what the records say', async () => {
    const [page] = await readAll(0, () => 1000);
    const records = [...states.at(-1)!.records()];
    for (const { key, metadata } of records) {
      const { labels, quality, authors } = decodeMetadata(metadata);
      const change = page!.changes.find(({ value }) => value === toHex(key));
      const words = ['', 'csam', 'grooming'];
      expect(change).toMatchObject({
        op: 'ADDED',
        labels: labels.map(({ code, count }) => ({ label: words[code], count })),
        quality: quality ?? null,
        authors: authors.map((code) => ['', 'alice', 'bob'][code]),
        reason: null,
      });
    }
    const pdq = await ask({ after: 0, type: 'pdq' });
    expect(pdq.changes).toMatchObject([{ op: 'ADDED', quality: 70, labels: [], authors: [] }]);
  });

  it('are empty for who is up to date and for types that were never published', async () => {
    const size = states.length - 1;
    const upToDate = await ask({ after: size });
    expect(upToDate).toMatchObject({ from: size, to: size, page: 0, last: true, cursor: null, changes: [] });
    expect(upToDate.setRoot).toBe(toHex(states.at(-1)!.root));
    const none = await ask({ after: 0, type: 'md5' });
    expect(none).toMatchObject({ last: true, changes: [] });
    expect(none.setRoot).toBe(toHex(RecordSet.empty({ type: 'md5', keyLength: 16, hasValues: false }).root));
  });

  it('tell who is ahead of the feed to begin anew', async () => {
    expect(await ask({ after: states.length })).toEqual({
      __typename: 'FeedReset',
      code: 'AHEAD_OF_FEED',
      message: expect.any(String),
      horizon: 0,
    });
  });

  it('are signed by the promise key when that is asked for, page by page', async () => {
    const pages = await readAll(0, () => 7, SIGNED);
    expect(pages.length).toBeGreaterThan(1);
    for (const { jws, page, from, to, last, setRoot, changes } of pages) {
      const key = hub.promiseKey.publicKey;
      const verified = await verifyJsonJws({
        token: jws,
        typ: 'cairn-feed-page+jws',
        key,
        maxBytes: 1_000_000,
      });
      if (!verified.ok) throw new Error(verified.message);
      const { iat, ...claims } = verified.claims;
      expect(Math.abs(Number(iat) - Date.now() / 1000)).toBeLessThan(60);
      expect(claims).toEqual({
        ...{ iss: 'hub.test', feed: 'csam', type: TYPE, from, to, page, last, filter: null },
        ...(last ? { setRoot } : {}),
        changes: changes.map((change) =>
          Object.fromEntries(Object.entries(change).filter(([, member]) => member !== null)),
        ),
      });
    }
  });

  it('stop at the signed head', async () => {
    const size = states.length - 1;
    answered(await hub.submit(bob, 'csam', [assertion(TYPE, randomValue())]));
    await hub.decide();
    await hub.sequence();
    await hub.project();
    const unsigned = await ask({ after: size });
    expect(unsigned).toMatchObject({ to: size, last: true, changes: [] });
    expect(unsigned.setRoot).toBe(toHex(states.at(-1)!.root));
    const { feed } = (
      await hub.graphql(alice, '{ feed(id: "csam") { ... on Feed { size types { type records root } } } }')
    ).body.data;
    expect(feed.size).toBe(size);
    expect(feed.types).toContainEqual({
      type: TYPE,
      records: states.at(-1)!.count,
      root: toHex(states.at(-1)!.root),
    });
    expect((await ask({ after: size + 1 })).__typename).toBe('FeedReset');
    await hub.sign();
    expect(await ask({ after: size })).toMatchObject({ to: size + 1, changes: [{ op: 'ADDED' }] });
  });

  it('keep to what their first page fixed while the feed grows', async () => {
    const expected = (await readAll(0, () => 1000)).flatMap((page) => page.changes);
    const pages = [await ask({ after: 0, first: 3 })];
    while (!pages.at(-1)!.last) {
      // New values, and the end of one that a later page is to bring.
      const doomed = expected.at(-1)!.value;
      answered(
        await hub.submit(alice, 'csam', [
          assertion(TYPE, randomValue()),
          assertion(TYPE, doomed, { labels: ['grooming'] }),
        ]),
      );
      await hub.settle();
      pages.push(await ask({ after: 0, first: 3, cursor: pages.at(-1)!.cursor }));
    }
    expect(pages.flatMap((page) => page.changes)).toEqual(expected);
    expect(new Set(pages.map(({ to }) => to)).size).toBe(1);
    const rest = await ask({ after: pages[0]!.to, first: 1000 });
    expect(rest.changes.length).toBeGreaterThan(0);
    states = await applyAll();
    expect(rest.setRoot).toBe(toHex(states.at(-1)!.root));
  }, 120_000);
});
