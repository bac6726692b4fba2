import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { announceFeeds, RoundPublisher } from '#libs/feed';
import { IntakeFinaliser, SubmissionDecider } from '#libs/intake';
import { CheckpointPublisher, provenanceOrigin, Sequencer } from '#libs/ledger';
import { type Database, openDatabase } from '#libs/platform';
import { checkCheckpoints, checkHistory } from '#test/history';
import { TestHub } from '#test/hub';
import { FeedFollower } from '#test/log-follower';
import { type BackgroundLoop, loop, stopAll } from '#test/loops';
import { assertion, retraction, type TestMember } from '#test/member';
import { replay } from '#test/replay';

const MEMBERS = 3;
const ROUNDS = 20;

describe('two sequencers, two publishers and two that ask the signer', () => {
  let hub: TestHub;
  const members: TestMember[] = [];
  const databases: Database[] = [];

  beforeAll(async () => {
    hub = await TestHub.create(['csam', 'spam']);
    for (let i = 0; i < MEMBERS; i++) members.push(await hub.admit(`member-${i}`, {}, ['csam', 'spam']));
    for (let i = 0; i < 2; i++) databases.push(await openDatabase({ url: hub.databases.workerUrl, max: 8 }));
  });
  afterAll(async () => {
    for (const database of databases) await database.close();
    await hub.drop();
  });

  describe('when they run at once on one database under load', () => {
    it('write one history', async () => {
      const loops = databases.flatMap(startWorker);
      const expected = await Promise.all(members.map(load));
      await stopAll(loops);
      await hub.settle();

      const { submissions } = await checkHistory(hub.worker, hub.origin);
      expect(submissions).toBe(MEMBERS * ROUNDS * 2);
      expect(await checkCheckpoints(hub.worker, hub.seed)).toBeGreaterThan(10);
      const { rootsMet } = await replay(hub.worker, hub.origin);
      expect(rootsMet).toBeGreaterThan(10);
      for (const channel of ['csam', 'spam']) {
        const feed = new FeedFollower(hub.worker, hub.origin, channel);
        await feed.poll();
        expect([...feed.keys('sha256')].sort()).toEqual(expected.flat().sort());
      }
    }, 120_000);
  });

  /** What a worker process runs, without its pauses. */
  function startWorker(database: Database): BackgroundLoop[] {
    const sequencer = new Sequencer(database, provenanceOrigin(hub.origin), new IntakeFinaliser());
    const rounds = new RoundPublisher(database, hub.origin);
    const checkpoints = new CheckpointPublisher(database, hub.signer);
    const decider = new SubmissionDecider(database);
    return [
      loop(() => sequencer.sequence()),
      loop(() => rounds.publish()),
      loop(async () => expect(await checkpoints.publish()).toEqual([])),
      loop(() => announceFeeds(database), 50),
      loop(() => decideAll(database, decider)),
    ];
  }

  /** Both decide whatever is undecided, in an order of chance, and so often the same at once. */
  async function decideAll(database: Database, decider: SubmissionDecider): Promise<void> {
    const due = await database.read('find-undecided', 'system:test', (tx) =>
      tx.query<{ id: string }>(
        `SELECT id::text FROM cairn.submission WHERE state = 'received' ORDER BY random() LIMIT 4`,
      ),
    );
    await Promise.all(due.map(({ id }) => decider.decide(id)));
  }

  /** Submits to both channels, taking every third assertion back at once; returns the values that stand. */
  async function load(member: TestMember): Promise<string[]> {
    const standing: string[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const value = randomBytes(32).toString('hex');
      const taken = i % 3 === 0;
      const entries = [assertion('sha256', value), ...(taken ? [retraction('sha256', value)] : [])];
      for (const channel of ['csam', 'spam']) {
        expect(await hub.receive(member, await member.batch(channel, entries))).toMatchObject({ ok: true });
      }
      if (!taken) standing.push(value);
    }
    return standing;
  }
});
