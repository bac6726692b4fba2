import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CairnClient, HashStore, type Difference, type HttpOptions } from '#libs/client';
import {
  FeedReader,
  HorizonMover,
  HorizonsFailed,
  listExposure,
  RecordFinder,
  type RecordHistory,
} from '#libs/feed';
import {
  fromHex,
  parseStrictJson,
  readRound,
  signalTypeByName,
  type Round,
  type RoundTypeChange,
  type SnapshotLeaf,
} from '#libs/protocol';
import { decodeEntryBundle } from '#libs/tlog';
import { assertion } from './api-hub.js';
import { LyingHub, type Lies } from './lying-hub.js';
import { ReplayHub, value } from './replay-hub.js';

const SHA256 = signalTypeByName('sha256')!;
const PDQ = signalTypeByName('pdq')!;
const MD5 = signalTypeByName('md5')!;
const DELTA = `query ($after: SafeInt!) { feedDelta(feed: "csam", type: "sha256", after: $after, first: 1000) {
  __typename ... on Failure { code } ... on FeedReset { horizon } ... on FeedDeltaPage { to last setRoot changes { op value } } } }`;
const TICKET = '{ feed(id: "csam") { ... on Feed { size ticket { prefix } } } }';

let replay: ReplayHub;
let mover: HorizonMover;
/** Leaves of the feed once its horizon has moved, and the digests that were announced for the type before. */
let leaves: Round[];
let below: string[];
let snapshot: number;
/** What is known of a record, and how packs below are answered, while the horizon is signed and nothing is deleted. */
let meanwhile: { found: RecordHistory | null; statuses: number[] };
let runs = 0;

beforeAll(async () => {
  replay = await ReplayHub.start();
  await replay.history();
  const { hub } = replay;
  mover = new HorizonMover(hub.worker, hub.config.origin, 0);
  const before = await readFeed();
  below = before.flatMap((leaf) => packsOf(leaf, 'sha256')).map(({ digest }) => digest);
  await ask('now()');
  expect(await mover.run()).toBe(true);
  await hub.settle();
  expect(await new HorizonMover(hub.worker, hub.config.origin).run()).toBe(false);
  const statuses = await Promise.all(below.map(async (one) => (await fetched(`pack/${one}`)).status));
  meanwhile = { found: await findRecord(), statuses };
  expect(await mover.run()).toBe(true);
  leaves = await readFeed();
  snapshot = before.length;
});
afterAll(() => replay?.close());

/** Asks for a horizon behind everything that is published, as an erasure does. */
async function ask(
  due: string,
  after = '(SELECT size - 1 FROM cairn.projection)',
  { code } = SHA256,
): Promise<void> {
  await replay.hub.worker.transaction('ask', 'system:test', (tx) =>
    tx.query(
      `INSERT INTO cairn.horizon_request (channel_id, type_code, after_index, due_at)
        SELECT id, ${code}, ${after}, ${due} FROM cairn.channel WHERE name = 'csam'`,
    ),
  );
}

const packsOf = (leaf: Round, type: string): RoundTypeChange['packs'] =>
  ('changes' in leaf ? leaf.changes : []).filter((one) => one.type === type).flatMap(({ packs }) => packs);

function findRecord(): Promise<RecordHistory | null> {
  const { hub } = replay;
  const finder = new RecordFinder(new FeedReader(hub.config.origin));
  return hub.database.api.read('find', 'system:provenance', (tx) =>
    finder.find(tx, 'csam', SHA256, fromHex(value(8))!),
  );
}

async function fetched(
  path: string,
  member = replay.members.alpha,
): Promise<{ status: number; bytes: Buffer }> {
  const { hub } = replay;
  const { ticket } = (await hub.graphql(member, TICKET)).body.data.feed;
  const response = await fetch(`${hub.url}${ticket.prefix}/feed/csam/${path}`);
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
}

async function readFeed(): Promise<Round[]> {
  const { hub, members } = replay;
  const { size } = (await hub.graphql(members.alpha, TICKET)).body.data.feed;
  const { bytes } = await fetched(`tile/entries/000.p/${size}`);
  return decodeEntryBundle(bytes, size).map((leaf) => {
    const text = Buffer.from(leaf).toString();
    return readRound(parseStrictJson(text), text);
  });
}

async function delta(after: number, member = replay.members.alpha) {
  return (await replay.hub.graphql(member, DELTA, { after })).body.data.feedDelta;
}

async function differencesOf(lies: Lies): Promise<Difference[]> {
  const { http } = await LyingHub.of(replay.hub, lies);
  return (await replay.audit(`horizon-${runs++}`, { http })).json.differences as Difference[];
}

describe('a horizon', () => {
  it('is not moved before it is due, nor before what it must be beyond is published', async () => {
    await ask(`now() + interval '1 hour'`);
    await ask('now()', '1000000');
    expect(await mover.run()).toBe(false);
    const rows = await replay.hub.worker.read('requests', 'system:test', (tx) =>
      tx.query('SELECT 1 FROM cairn.horizon_request WHERE done_at IS NULL'),
    );
    expect(rows).toHaveLength(2);
  });

  it('stands behind a snapshot of the set that the rounds lead to', () => {
    const [last] = leaves
      .slice(0, snapshot)
      .flatMap((leaf) =>
        leaf.kind === 'round' ? leaf.changes.filter(({ type }) => type === 'sha256').slice(-1) : [],
      )
      .slice(-1);
    expect(leaves.slice(snapshot)).toMatchObject([
      { kind: 'snapshot', changes: [{ type: 'sha256', count: last!.count, root: last!.root }] },
      { kind: 'horizon', horizons: [{ type: 'sha256', size: snapshot }] },
    ]);
  });

  it('ends the serving of what only leaves below it announce', async () => {
    const kept = packsOf(leaves[snapshot]!, 'sha256').map(({ digest }) => digest);
    for (const digest of below.filter((one) => !kept.includes(one)))
      expect((await fetched(`pack/${digest}`)).status).toBe(410);
    const others = leaves.flatMap((leaf) => packsOf(leaf, 'pdq')).map(({ digest }) => digest);
    for (const digest of [...kept, ...others]) expect((await fetched(`pack/${digest}`)).status).toBe(200);
    expect((await fetched(`pack/${'0'.repeat(64)}`)).status).toBe(404);
    expect([kept.length, others.length > 0]).toEqual([1, true]);
  });

  it('gives readers of deltas the snapshot from nothing, and has those below it begin anew', async () => {
    const { changes } = leaves[snapshot] as SnapshotLeaf;
    const page = await delta(0);
    expect(page).toMatchObject({ to: leaves.length, last: true, setRoot: changes[0]!.root });
    expect(page.changes).toHaveLength(changes[0]!.count);
    expect(page.changes.every(({ op }: { op: string }) => op === 'ADDED')).toBe(true);
    expect(await delta(2)).toEqual({ __typename: 'FeedReset', code: 'BELOW_HORIZON', horizon: 0 });
    expect(await delta(snapshot)).toMatchObject({ changes: [], setRoot: changes[0]!.root });
  });

  it('has everything below it served and told for some minutes after it is signed', () => {
    expect(new Set(meanwhile.statuses)).toEqual(new Set([200]));
    const { round } = meanwhile.found!.changes[0]!;
    expect(meanwhile.found).toMatchObject({ wholeSince: null, changes: [{ first: round, op: 'add' }] });
    expect(round).toBeLessThan(snapshot);
  });

  it('leaves of the history of a record what the snapshot says, and since when it is whole', async () => {
    const found = await findRecord();
    expect(found).toMatchObject({
      changes: [{ round: snapshot, first: 0, op: 'add', alone: false }],
      wholeSince: expect.any(Date),
    });
    expect(found!.changes[0]!.signedAt.getTime()).toBeLessThan(found!.wholeSince!.getTime());
  });

  it('has whoever was served a value from the snapshot listed, as packs and as a delta', async () => {
    const { hub, members } = replay;
    const { digest } = packsOf(leaves[snapshot]!, 'sha256')[0]!;
    expect((await fetched(`pack/${digest}`, members.hotline)).status).toBe(200);
    await delta(0, members.bravo);
    const found = (await findRecord())!;
    const filter = { channel: 'csam', typeCode: SHA256.code, first: 100, after: null };
    const listed = await hub.database.api.read('list', `person:${await replay.auditorId()}`, (tx) =>
      listExposure(tx, found, filter),
    );
    const served = listed.filter(({ way }) => way !== 'ticket');
    for (const member of ['bravo', 'hotline'])
      expect(served).toContainEqual(expect.objectContaining({ member, way: 'delta', certain: false }));
  });

  it('is replayed: the snapshot is compared in place of the rounds below', async () => {
    const { code, json } = await replay.audit('horizon-honest');
    expect([code, json.differences]).toEqual([0, []]);
    expect(json.trust.belowHorizon).toBeGreaterThan(5);
  });

  it('shows a replay a snapshot to which the rounds do not lead', async () => {
    const differences = await differencesOf({ snapshots: { changes: (all) => all.slice(1) } });
    expect(differences[0]).toMatchObject({ kind: 'wrong_snapshot', feed: 'csam', round: snapshot });
    expect(new Set(differences.map(({ kind }) => kind))).toEqual(new Set(['wrong_snapshot']));
  });

  it('shows a replay a snapshot that rounds nobody can read any more are made to lead to', async () => {
    const conform = (rounds: Round[]): Round[] => {
      const found = rounds.find((leaf) => leaf.kind === 'snapshot');
      const last = rounds
        .flatMap((leaf) =>
          leaf.kind === 'round' ? leaf.changes.filter(({ type }) => type === 'sha256') : [],
        )
        .at(-1);
      if (found === undefined) return rounds;
      const { count, root } = found.changes[0]!;
      const pack = last!.packs.at(-1)!;
      Object.assign(pack, { removed: pack.removed + pack.count - count, count, root });
      Object.assign(last!, { count, root });
      return rounds;
    };
    const isOf8 = ({ key }: { key: Uint8Array }) => Buffer.from(key).toString('hex') === value(8);
    const differences = await differencesOf({
      snapshots: { changes: (all) => all.filter((one) => !isOf8(one)) },
      rounds: conform,
    });
    expect(differences).toMatchObject([
      { kind: 'wrong_snapshot', round: snapshot, type: 'sha256', detail: expect.stringContaining('lacks') },
    ]);
  });

  it('is pulled, and goes on: rollups that begin below it leave the type out', async () => {
    const { hub, members } = replay;
    const store = join(replay.directory, 'store');
    const client = await CairnClient.open({ home: await replay.memberHome(members.alpha) });
    expect((await client.pull({ feed: 'csam', store })).types).toMatchObject([
      { type: 'pdq' },
      { type: 'sha256', anew: false, packs: 1 },
    ]);
    while (!(await readFeed()).some(({ kind }) => kind === 'rollup'))
      await replay.submit(members.alpha, [assertion('sha256', value(100 + runs++))], {
        attribution: 'named',
      });
    const rollup = (await readFeed()).find(({ kind }) => kind === 'rollup')!;
    expect(packsOf(rollup, 'sha256')).toEqual([]);
    await client.pull({ feed: 'csam', store });
    const opened = await HashStore.open(store);
    opened.verify();
    opened.close();
    await ask('now()');
    await mover.run();
    await hub.settle();
    await mover.run();
    expect((await client.pull({ feed: 'csam', store })).types).toEqual([]);
    const { code, json } = await replay.audit('horizon-later');
    expect([code, json.differences]).toEqual([0, []]);
  });

  it('that moves while a replay runs ends that run without a verdict', async () => {
    const { hub, members } = replay;
    let moved = false;
    const http: HttpOptions = {
      fetch: async (url, init) => {
        if (!moved && String(url).includes('/pack/')) {
          moved = true;
          await replay.submit(members.alpha, [assertion('sha256', value(9000))], { attribution: 'named' });
          await ask('now()');
          while (await mover.run()) await hub.settle();
        }
        return fetch(url, init);
      },
    };
    const ended = await replay.audit('horizon-moving', { http });
    expect([ended.code, moved]).toEqual([5, true]);
    expect(ended.err).toContain('began anew');
    const { code, json } = await replay.audit('horizon-moving');
    expect([code, json.differences]).toEqual([0, []]);
  });

  it('that fails holds up no other, not even of a type that the feed never had', async () => {
    const { hub } = replay;
    const miscount = (by: number) =>
      hub.worker.transaction('miscount', 'system:test', (tx) =>
        tx.execute(`UPDATE cairn.feed_type SET records = records + ${by} WHERE type_code = ${PDQ.code}`),
      );
    await miscount(1);
    for (const type of [PDQ, MD5]) await ask('now()', undefined, type);
    const failed = await mover.run().catch((error: unknown) => error);
    await miscount(-1);
    expect(failed).toBeInstanceOf(HorizonsFailed);
    expect(failed).toMatchObject({ worked: 1, failures: [{ typeCode: PDQ.code, act: 'move' }] });
    await hub.settle();
    const [emptied, horizon] = (await readFeed()).slice(-2);
    expect(emptied).toMatchObject({ kind: 'snapshot', changes: [{ type: 'md5', count: 0, packs: [] }] });
    expect(horizon).toMatchObject({ kind: 'horizon', horizons: [{ type: 'md5' }] });
    while (await mover.run()) await hub.settle();
    const { code, json } = await replay.audit('horizon-empty');
    expect([code, json.differences]).toEqual([0, []]);
  });
});
