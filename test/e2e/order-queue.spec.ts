import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { Queue } from 'bullmq';
import { IntakeSweeper, SubmissionDecider, SubmissionReceiver } from '#libs/intake';
import { type Enqueuer, JOBS, type QueueBackendSettings, until } from '#libs/platform';
import { createQueueBackend } from '#libs/platform/nest';
import { checkHistory } from '#test/history';
import { TestHub } from '#test/hub';
import { FeedFollower } from '#test/log-follower';
import { loop, stopAll } from '#test/loops';
import { assertion, retraction, type TestBatch, type TestMember } from '#test/member';
import { openEnqueuer, QUICK_JOBS, startQueueWorker } from '#test/queue-context';
import { hasRedis, startTestRedis, type TestRedis } from '#test/redis';
import { replay } from '#test/replay';

const PATIENCE_MS = 60_000;
const ATTEMPTS = QUICK_JOBS['decide-submission'].attempts;

describe.each(['postgres', 'redis'] as const)('a submission whose job fails, on a queue in %s', (kind) => {
  const spec = kind === 'postgres' || hasRedis() ? it : it.skip;
  let redis: TestRedis | undefined;
  let hub: TestHub;
  let alpha: TestMember;
  let enqueuer: Enqueuer;
  let worker: INestApplicationContext;
  let receiver: SubmissionReceiver;
  /** Called before each decision. */
  let interfere: (submissionId: string) => void = () => undefined;

  beforeAll(async () => {
    if (kind === 'redis' && hasRedis()) redis = await startTestRedis();
    else if (kind === 'redis')
      process.stderr.write('SKIPPED: failing jobs on Redis, because redis-server is not on the PATH\n');
    hub = await TestHub.create();
    alpha = await hub.admit('alpha');
  });
  afterAll(async () => {
    await hub.drop();
    await redis?.stop();
  });
  beforeEach(async () => {
    if (kind === 'redis' && redis === undefined) return;
    enqueuer = await openEnqueuer(settings(hub.databases.apiUrl));
    const decider = new SubmissionDecider(hub.worker);
    worker = await startQueueWorker(settings(hub.databases.workerUrl), async (id) => {
      interfere(id);
      return decider.decide(id);
    });
    const { origin, promiseKey } = hub;
    receiver = new SubmissionReceiver(hub.databases.api, enqueuer, {
      origin,
      promiseKey,
      mergeDeadlineSeconds: 3600,
      onHeadMismatch: () => undefined,
    });
  });
  afterEach(async () => {
    if (kind === 'redis' && redis === undefined) return;
    await worker.close();
    await enqueuer.close();
    interfere = () => undefined;
  });

  describe('when deciding 10,000 assertions fails twice and one is retracted at once', () => {
    spec(
      'keeps its place before the retraction',
      async () => {
        const values = newValues('ten thousand', 10_000);
        const first = await alpha.batch(
          'csam',
          values.map((value) => assertion('sha256', value)),
        );
        const second = await alpha.batch('csam', [retraction('sha256', values[4_711]!)]);
        const failures = failFirst(2);
        const pipeline = [loop(() => hub.sequencer.sequence()), loop(() => hub.rounds.publish())];
        await receive(first);
        const last = await receive(second);
        expect(await until(async () => (await stateOf(last)) === 'sequenced', PATIENCE_MS)).toBe(true);
        await stopAll(pipeline);
        await hub.settle();

        expect(failures.left).toBe(0);
        const held = await heldKeys();
        expect(held.has(values[4_711]!)).toBe(false);
        expect(values.filter((value) => held.has(value)).length).toBe(9_999);
        await checkHistory(hub.worker, hub.origin);
        await replay(hub.worker, hub.origin);
      },
      180_000,
    );
  });

  describe('when its job died with all attempts spent', () => {
    spec(
      'is decided all the same, when the sweeper asks again',
      async () => {
        const [value] = newValues(`spent ${kind}`, 1);
        const batch = await alpha.batch('csam', [assertion('sha256', value!)]);
        const failures = failFirst(Number.POSITIVE_INFINITY);
        const id = await receive(batch);
        expect(await until(async () => failures.count === ATTEMPTS && !(await hasJob(id)), PATIENCE_MS)).toBe(
          true,
        );
        expect(await stateOf(id)).toBe('received');

        failures.left = 0;
        expect(failures.count).toBe(ATTEMPTS);
        const sweeper = new IntakeSweeper(hub.worker, enqueuer, new SubmissionDecider(hub.worker));
        expect(await until(async () => (await sweeper.sweep()) > 0, PATIENCE_MS, 200)).toBe(true);
        expect(await until(async () => (await stateOf(id)) === 'decided', PATIENCE_MS)).toBe(true);
        await hub.settle();
        expect(await heldKeys()).toContain(value);
        await checkHistory(hub.worker, hub.origin);
      },
      180_000,
    );
  });

  describe('when the queue stands still', () => {
    spec('is decided by the sweeper itself, and one that cannot be holds up no other', async () => {
      await worker.close();
      const values = newValues(`still ${kind}`, 3);
      const ids: string[] = [];
      for (const value of values)
        ids.push(await receive(await alpha.batch('csam', [assertion('sha256', value)])));
      const decider = new SubmissionDecider(hub.worker);
      const failing = {
        decide: async (id: string) => {
          if (id === ids[0]) throw new Error('told to fail');
          return decider.decide(id);
        },
      };
      const failed: string[] = [];
      const sweeper = new IntakeSweeper(hub.worker, enqueuer, failing as SubmissionDecider, {
        standstillSeconds: 2,
        onFailure: (id) => failed.push(id),
      });
      await sweeper.sweep();
      expect(await Promise.all(ids.map(stateOf))).toEqual(['received', 'received', 'received']);
      const decided = async (): Promise<boolean> => {
        await sweeper.sweep();
        return (await Promise.all(ids.slice(1).map(stateOf))).every((state) => state === 'decided');
      };
      expect(await until(decided, PATIENCE_MS, 200)).toBe(true);
      expect(await stateOf(ids[0]!)).toBe('received');
      expect(new Set(failed)).toEqual(new Set([ids[0]]));
    });
  });

  /** Makes deciding the submission that comes first fail so many times. */
  function failFirst(times: number) {
    const failures = { left: times, count: 0 };
    let first: string | undefined;
    interfere = (id) => {
      first ??= id;
      if (id !== first || failures.left <= 0) return;
      failures.left -= 1;
      failures.count += 1;
      throw new Error('told to fail');
    };
    return failures;
  }

  async function receive(batch: TestBatch): Promise<string> {
    const { manifest, entries } = batch;
    const memberId = await hub.idOf(alpha);
    expect(await receiver.receive({ memberId, member: alpha.name, manifest, entries })).toMatchObject({
      ok: true,
    });
    const rows = await hub.worker.read('find', 'system:test', (tx) =>
      tx.query<{ id: string }>('SELECT id::text FROM cairn.submission WHERE jti = $1', [batch.jti]),
    );
    return rows[0]!.id;
  }

  async function stateOf(id: string): Promise<string> {
    const rows = await hub.worker.read('state', 'system:test', (tx) =>
      tx.query<{ state: string }>('SELECT state FROM cairn.submission WHERE id = $1', [id]),
    );
    return rows[0]!.state;
  }

  async function heldKeys(): Promise<Set<string>> {
    const feed = new FeedFollower(hub.worker, hub.origin, 'csam');
    await feed.poll();
    return feed.keys('sha256');
  }

  async function hasJob(submissionId: string): Promise<boolean> {
    const backend = createQueueBackend(settings(hub.databases.apiUrl));
    const { queue: name, jobId } = JOBS['decide-submission'];
    const queue = new Queue(name, backend.worker, backend.factory as never);
    try {
      return (await queue.getJob(jobId({ submissionId }))) !== undefined;
    } finally {
      await queue.close();
      await backend.close();
    }
  }

  function settings(databaseUrl: string): QueueBackendSettings {
    return { queueUrl: redis?.url, databaseUrl, concurrency: 2 };
  }
});

function newValues(seed: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => createHash('sha256').update(`${seed} ${i}`).digest('hex'));
}
