import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeEntryBundle } from '#libs/tlog';
import { TestHub } from './api-hub.js';
import { ServedReader } from './served-reader.js';
import { admit, lineOf, player, publishAll, say, valueOf } from './served-story.js';

const CHANNEL = 'csam';
const OPERATOR = 'system:test';
const AUTHOR = player('fir-ferry', 'hotline');
const OTHER = player('gorse-gate', 'hotline');
const RECEIVER = player('hazel-harbour');
const VALUES = ['one', 'two', 'three'];

const DELTA = `query ($after: SafeInt!) { feedDelta(feed: "csam", type: "sha256", after: $after, first: 100) {
  ... on FeedDeltaPage { to changes { value op assurance authors reason } } } }`;
const HISTORY = `query ($value: String!) { provenance(type: "sha256", value: $value, channel: "csam", first: 100) {
  ... on Provenance { edges { node { kind effect ended { index } endedBy endedAs author { member } member key reason } } } } }`;

let hub: TestHub;
let before: number;

beforeAll(async () => {
  hub = await TestHub.start();
  await hub.createChannel(CHANNEL);
  for (const one of [AUTHOR, OTHER, RECEIVER]) await admit(hub, one);
  await hub.settle();
  for (const one of [AUTHOR, OTHER, RECEIVER]) await hub.allow(one, CHANNEL, { submit: true, receive: true });
  await publishAll(hub);
  await say(hub, AUTHOR, CHANNEL, [lineOf('assert', 'one', 'a'), lineOf('assert', 'two', 'b')]);
  await say(hub, OTHER, CHANNEL, [lineOf('assert', 'three', 'c')]);
});
afterAll(() => hub?.close());

interface Change {
  readonly value: string;
  readonly op: string;
  readonly assurance: string | null;
  readonly authors: readonly string[] | null;
  readonly reason: string | null;
}

/** What the receiver sees change by a statement about the author. */
async function changedBy(act: () => Promise<{ ok: boolean }>): Promise<(Change & { name: string })[]> {
  before = await roundsNow();
  expect(await act()).toMatchObject({ ok: true });
  await publishAll(hub);
  const { changes } = (await hub.graphql(RECEIVER, DELTA, { after: before })).body.data.feedDelta;
  return (changes as Change[])
    .map((change) => ({ ...change, name: VALUES.find((name) => valueOf(name) === change.value)! }))
    .sort((a, b) => VALUES.indexOf(a.name) - VALUES.indexOf(b.name));
}

async function roundsNow(): Promise<number> {
  return (await hub.graphql(RECEIVER, DELTA, { after: 0 })).body.data.feedDelta.to as number;
}

/** Everything the receiver is served of the channel: leaves, packs, histories, as bytes. */
async function served(): Promise<string> {
  const reader = new ServedReader(hub, RECEIVER);
  const ticket = await hub.graphql(RECEIVER, '{ feed(id: "csam") { ... on Feed { ticket { prefix } } } }');
  const prefix = ticket.body.data.feed.ticket.prefix as string;
  const size = (await reader.get(`/feed/${CHANNEL}/checkpoint`, { prefix })).toString().split('\n')[1];
  const bundle = await reader.get(`/feed/${CHANNEL}/tile/entries/000.p/${size}`, { prefix });
  const leaves = decodeEntryBundle(bundle, Number(size)).map((leaf) => Buffer.from(leaf).toString());
  const digests = leaves.flatMap((leaf) => [...leaf.matchAll(/"digest":"([0-9a-f]{64})"/g)]);
  expect(digests.length).toBeGreaterThan(2);
  for (const [, digest] of digests) await reader.get(`/feed/${CHANNEL}/pack/${digest}`, { prefix });
  for (const name of VALUES) await reader.ask(name, HISTORY, { value: valueOf(name) });
  const answers = reader.answers.map(({ status, body }) => `${status} ${body.includes('"errors"')}`);
  expect(new Set(answers)).toEqual(new Set(['200 false']));
  return Buffer.concat(reader.answers.map(({ body }) => body)).toString('latin1') + leaves.join('\n');
}

/** Leaves of the provenance log that are about submissions. */
async function submissionLeaves(): Promise<string[]> {
  const [, size] = (await (await fetch(`${hub.url}/log/checkpoint`)).text()).split('\n');
  const path = `${hub.url}/log/tile/entries/000.p/${size}`;
  const bundle = new Uint8Array(await (await fetch(path)).arrayBuffer());
  return decodeEntryBundle(bundle, Number(size))
    .map((leaf) => Buffer.from(leaf).toString())
    .filter((leaf) => leaf.includes('"kind":"submission"'));
}

const names = [AUTHOR, OTHER].flatMap(({ name, group, label, signing, auth }) => [
  ...[name, group, label, signing.publicKey.kid, auth.publicKey.kid],
]);

describe('a public statement about a member who is anonymous in a channel', () => {
  it('changes the records of that very member, so that the next round tells which they are', async () => {
    const accredited = await changedBy(() => hub.members.accredit(OPERATOR, AUTHOR.name, true));
    expect(accredited).toMatchObject([
      { name: 'one', op: 'UPDATED', assurance: 'VERIFIED' },
      { name: 'two', op: 'UPDATED', assurance: 'VERIFIED' },
    ]);
    const recalled = await changedBy(() => hub.members.recall(OPERATOR, AUTHOR.name, 0));
    expect(recalled).toMatchObject([
      { name: 'one', op: 'REMOVED' },
      { name: 'two', op: 'REMOVED' },
    ]);
  });

  it('gives no reason but that they were withdrawn, which is said of every claim that ends', async () => {
    const { changes } = (await hub.graphql(RECEIVER, DELTA, { after: before })).body.data.feedDelta;
    expect((changes as Change[]).map(({ reason, authors }) => ({ reason, authors }))).toEqual([
      { reason: 'withdrawn', authors: null },
      { reason: 'withdrawn', authors: null },
    ]);
  });

  it('puts no name and no key of anybody into leaves, packs and histories', async () => {
    const bytes = await served();
    expect(names.filter((text) => bytes.includes(text))).toEqual([]);
    const leaves = await submissionLeaves();
    expect(leaves).toHaveLength(2);
    expect(names.filter((text) => leaves.join('\n').includes(text))).toEqual([]);
  });

  it('does not tell in a history which statement ended the claim', async () => {
    const { body } = await hub.graphql(RECEIVER, HISTORY, { value: valueOf('one') });
    const { edges } = body.data.provenance as { edges: { node: Record<string, unknown> }[] };
    expect(edges.map(({ node }) => node)).toMatchObject([
      { kind: 'ASSERTION', author: null, effect: null, endedBy: null, member: null, key: null },
    ]);
  });
});
