import 'reflect-metadata';
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Queue } from 'bullmq';
import { createLogger, type QueueBackend, requireSuitableRedis, until, withClient } from '#libs/platform';
import {
  createQueueBackend,
  Enqueuer,
  JobProcessor,
  type JobContext,
  MOST_EVENTS,
  ProcessorOf,
  QueueWorkerModule,
  trimQueueEvents,
} from '#libs/platform/nest';
import { createTestDatabase, type TestDatabase } from '#test/postgres';
import { TEST_JOBS } from '#test/queue-jobs';
import { hasRedis, startTestRedis, type TestRedis } from '#test/redis';

type TestJobs = typeof TEST_JOBS;

/** What a job does in the test that is running. */
let behaviour: (id: string, context: JobContext) => Promise<void> = async () => undefined;

@Injectable()
@ProcessorOf<TestJobs>('test-work', TEST_JOBS)
class TestProcessor extends JobProcessor<'test-work', TestJobs> {
  protected handle({ id }: { id: string }, context: JobContext): Promise<void> {
    return behaviour(id, context);
  }
}

let test: TestDatabase;
let redis: TestRedis | undefined;
const kinds = ['postgres', 'redis'] as const;

beforeAll(async () => {
  test = await createTestDatabase();
  if (hasRedis()) redis = await startTestRedis();
  else
    process.stderr.write('SKIPPED: the queue contract on Redis, because redis-server is not on the PATH\n');
});

afterAll(async () => {
  await redis?.stop();
  await test.drop();
});

describe.each(kinds)('the queue on %s', (kind) => {
  const available = kind === 'postgres' || hasRedis();
  const spec = available ? it : it.skip;
  const opened: { close(): Promise<void> }[] = [];
  const children: ChildProcess[] = [];
  let failures: unknown[] = [];

  const settings = (databaseUrl: string) => ({
    queueUrl: kind === 'redis' ? redis?.url : undefined,
    databaseUrl,
    concurrency: 2,
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const one of opened.splice(0)) await one.close();
    behaviour = async () => undefined;
  });

  /** The producer's side, with the rights of the API. */
  async function enqueuer(): Promise<Enqueuer<TestJobs>> {
    failures = [];
    const observer = {
      enqueued: () => undefined,
      failed: (_: string, error: unknown) => failures.push(error),
    };
    const created = new Enqueuer<TestJobs>(createQueueBackend(settings(test.apiUrl)), observer, TEST_JOBS);
    await created.ready();
    opened.push(created);
    return created;
  }

  /** The consumer's side as the worker runs it, with the rights of the worker. */
  async function worker(shutdownMs = 2000): Promise<INestApplicationContext> {
    const backend = createQueueBackend(settings(test.workerUrl));
    const log = createLogger({ name: 'test', level: 'silent' });
    const queue = QueueWorkerModule.forRoot({
      backend,
      registry: TEST_JOBS,
      concurrency: 2,
      shutdownMs,
      log,
    });
    @Module({ imports: [queue], providers: [TestProcessor] })
    class WorkerModule {}
    const app = await NestFactory.createApplicationContext(WorkerModule, { logger: false });
    opened.push(app, backend);
    return app;
  }

  /** BullMQ itself, to see and to plant what the port hides. */
  function rawQueue(): Queue {
    const backend: QueueBackend = createQueueBackend(settings(test.workerUrl));
    const queue = new Queue('test-work', backend.worker, backend.factory as never);
    opened.push(queue, backend);
    return queue;
  }

  /** Every session of the API and the worker, as a restart of the server would. */
  async function cutConnections(): Promise<void> {
    if (kind === 'redis') return redis?.cut();
    const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE 'cairn_%'`;
    await withClient(test.adminUrl, {}, (client) => client.query(sql));
    await sleep(100);
  }

  const left = async (queue: Queue): Promise<number> => {
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  };

  spec('runs a job once, however often it is asked for', async () => {
    const ran: string[] = [];
    behaviour = async (id) => void ran.push(id);
    const jobs = await enqueuer();
    await Promise.all([1, 2, 3].map(() => jobs.enqueue('test-work', { id: '1' })));
    await jobs.enqueue('test-work', { id: '2' });
    await worker();
    await until(() => ran.length === 2, 10_000);
    await sleep(200);
    expect(ran.sort()).toEqual(['1', '2']);
    expect(failures).toEqual([]);
  });

  spec('runs it again when it is asked for after it is done, and keeps nothing of it', async () => {
    const ran: string[] = [];
    behaviour = async (id) => void ran.push(id);
    const jobs = await enqueuer();
    await worker();
    for (const times of [1, 2]) {
      await jobs.enqueue('test-work', { id: '3' });
      expect(await until(() => ran.length === times, 10_000)).toBe(true);
      await until(async () => (await left(rawQueue())) === 0, 5000);
    }
    expect(await left(rawQueue())).toBe(0);
  });

  spec('tries a failing job again with its data, then lets the sweeper ask again', async () => {
    const attempts: number[] = [];
    behaviour = async (_, { attempt }) => {
      attempts.push(attempt);
      throw new Error('value f8f8f0cee0f4a84f06370a22038f63f0 is bad');
    };
    const jobs = await enqueuer();
    await jobs.enqueue('test-work', { id: '4' });
    await worker();
    expect(await until(() => attempts.length === 3, 10_000)).toBe(true);
    expect(attempts).toEqual([1, 2, 3]);
    const queue = rawQueue();
    expect(await until(async () => (await left(queue)) === 0, 5000)).toBe(true);
    await jobs.enqueue('test-work', { id: '4' });
    expect(failures).toEqual([]);
    expect(await until(() => attempts.length >= 4, 10_000)).toBe(true);
  });

  spec('keeps no text of an error, which can quote a value', async () => {
    let failed = false;
    behaviour = async () => {
      failed = true;
      throw new Error('value f8f8f0cee0f4a84f06370a22038f63f0 is bad');
    };
    const queue = rawQueue();
    const options = { jobId: 'work-5', attempts: 2, backoff: { type: 'fixed', delay: 60_000 } };
    await queue.add('test-work', { id: '5' }, options);
    await worker();
    // The reason is kept some time after the job was put back.
    const kept = async () => (await queue.getJob('work-5'))?.failedReason !== undefined;
    await until(async () => failed && (await queue.getDelayedCount()) === 1 && (await kept()), 60_000);
    const job = await queue.getJob('work-5');
    expect(JSON.stringify(job)).not.toContain('f8f8f0');
    expect(job?.failedReason).toBe('test-work failed');
    await queue.remove('work-5');
  });

  spec.each(['completed', 'failed'] as const)(
    'is not blocked by a %s job that is still kept',
    async (state) => {
      const ran: string[] = [];
      const queue = rawQueue();
      behaviour = async () => {
        if (state === 'failed') throw new Error('no');
      };
      const first = await worker();
      // Planted with retention, which overrides the worker's.
      await queue.add(
        'test-work',
        { id: '6' },
        { jobId: 'work-6', removeOnComplete: false, removeOnFail: false },
      );
      expect(await until(async () => (await queue.getJobState('work-6')) === state, 10_000)).toBe(true);
      await first.close();
      behaviour = async (id) => void ran.push(id);
      await (await enqueuer()).enqueue('test-work', { id: '6' });
      await worker();
      expect(await until(() => ran.length === 1, 10_000)).toBe(true);
    },
  );

  spec('refuses a job of another shape for good', async () => {
    const ran: string[] = [];
    behaviour = async (id) => void ran.push(id);
    const queue = rawQueue();
    await queue.add(
      'test-work',
      { id: '7', value: 'f8f8' },
      { jobId: 'work-7', attempts: 5, removeOnFail: false },
    );
    await worker();
    expect(await until(async () => (await queue.getJobState('work-7')) === 'failed', 10_000)).toBe(true);
    expect([ran, (await queue.getJob('work-7'))?.attemptsMade]).toEqual([[], 1]);
    await queue.remove('work-7');
  });

  spec('gives the job of a killed worker to another', async () => {
    const ran: string[] = [];
    behaviour = async (id) => void ran.push(id);
    const path = fileURLToPath(new URL('../support/queue-worker.js', import.meta.url));
    const child = spawn(process.execPath, [path, JSON.stringify(settings(test.workerUrl))], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { PATH: process.env['PATH'] ?? '' },
    });
    children.push(child);
    const taken = new Promise((resolve) => child.once('message', resolve));
    const jobs = await enqueuer();
    await jobs.enqueue('test-work', { id: '8' });
    expect(await taken).toBe('taken');
    child.kill('SIGKILL');
    const killed = performance.now();
    await worker();
    expect(await until(() => ran.length === 1, 30_000)).toBe(true);
    // A lock of 10 s, looked after every 5 s, in two passes.
    expect(performance.now() - killed).toBeLessThan(25_000);
  });

  spec('goes on when all its connections were cut', async () => {
    const ran: string[] = [];
    behaviour = async (id) => void ran.push(id);
    const jobs = await enqueuer();
    await worker();
    await jobs.enqueue('test-work', { id: '20' });
    await until(() => ran.length === 1, 10_000);
    await cutConnections();
    // Asking may meet a dead connection, so it is done again as the sweeper would.
    const sweep = async (): Promise<boolean> => {
      await jobs.enqueue('test-work', { id: '21' });
      return ran.includes('21');
    };
    expect(await until(sweep, 20_000, 250)).toBe(true);
  });

  spec('lets running jobs finish when it closes, and takes no new ones', async () => {
    const events: string[] = [];
    behaviour = async (id) => {
      events.push(`${id} began`);
      await sleep(500);
      events.push(`${id} ended`);
    };
    const jobs = await enqueuer();
    const app = await worker();
    await jobs.enqueue('test-work', { id: '9' });
    await until(() => events.length === 1, 10_000);
    const closing = app.close();
    await sleep(100);
    await jobs.enqueue('test-work', { id: '10' });
    await closing;
    await sleep(300);
    expect(events).toEqual(['9 began', '9 ended']);
    await rawQueue().remove('work-10');
  });

  spec('aborts a job that outlives its time, which then runs elsewhere', async () => {
    let aborted = false;
    behaviour = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('aborted'));
        });
      });
    const jobs = await enqueuer();
    const app = await worker(100);
    await jobs.enqueue('test-work', { id: '11' });
    await until(async () => (await rawQueue().getActiveCount()) === 1, 10_000);
    const started = performance.now();
    await app.close();
    expect([aborted, performance.now() - started < 5000]).toEqual([true, true]);
    const ran: string[] = [];
    behaviour = async (id) => void ran.push(id);
    await worker();
    expect(await until(() => ran.includes('11'), 30_000)).toBe(true);
  });

  spec('never throws at who enqueues, whatever is wrong', async () => {
    const jobs = await enqueuer();
    await jobs.enqueue('test-work', { id: 'not a number' });
    await jobs.enqueue('no-such-job' as 'test-work', { id: '1' });
    await jobs.close();
    await jobs.enqueue('test-work', { id: '1' });
    expect(failures).toHaveLength(3);
  });

  spec('tells a worker without processor, or with two, at the start', async () => {
    const backend = createQueueBackend(settings(test.workerUrl));
    opened.push(backend);
    const log = createLogger({ name: 'test', level: 'silent' });
    const queue = QueueWorkerModule.forRoot({
      backend,
      registry: TEST_JOBS,
      concurrency: 1,
      shutdownMs: 100,
      log,
    });
    @Module({ imports: [queue] })
    class Incomplete {}
    const starting = NestFactory.createApplicationContext(Incomplete, { logger: false, abortOnError: false });
    await expect(starting.then((app) => app.init())).rejects.toThrow('no processor for test-work');
  });
});

describe('the queue on postgres', () => {
  it('keeps a bounded number of events', async () => {
    const count = async (): Promise<number> => {
      const sql = `SELECT count(*)::int AS n FROM bullmq.event WHERE queue = 'busy'`;
      const { rows } = await withClient(test.adminUrl, {}, (client) => client.query<{ n: number }>(sql));
      return rows[0]?.n ?? 0;
    };
    const insert = `INSERT INTO bullmq.event (queue, event, created_at_ms) SELECT 'busy', 'added', 0 FROM generate_series(1, 5000)`;
    await withClient(test.adminUrl, {}, (client) => client.query(insert));
    expect(await count()).toBeGreaterThan(MOST_EVENTS);
    expect(await trimQueueEvents(test.worker)).toBeGreaterThan(0);
    expect(await count()).toBeLessThanOrEqual(MOST_EVENTS);
  });

  it('gives the logins its tables but not its ledger', async () => {
    const write = withClient(test.apiUrl, {}, (client) => client.query('DELETE FROM bullmq.migration'));
    await expect(write).rejects.toThrow('permission denied');
  });
});

const onRedis = hasRedis() ? describe : describe.skip;
onRedis('the queue on redis', () => {
  it('refuses a Redis that may throw jobs away, or that does not answer', async () => {
    const forgetful = await startTestRedis('--maxmemory-policy', 'allkeys-lru');
    await expect(requireSuitableRedis(forgetful.url)).rejects.toMatchObject({
      code: 'queue-unsuitable',
      message: expect.stringContaining('must have maxmemory-policy noeviction, it has allkeys-lru'),
    });
    await forgetful.stop();
    await expect(requireSuitableRedis(forgetful.url)).rejects.toMatchObject({ code: 'queue-unreachable' });
  });

  it('fails fast while Redis is down and works again when it is back, with nothing left to wait for', async () => {
    const own = await startTestRedis();
    const errors: unknown[] = [];
    let enqueued = 0;
    const observer = {
      enqueued: () => void enqueued++,
      failed: (_: string, error: unknown) => errors.push(error),
    };
    const backend = createQueueBackend({ queueUrl: own.url, databaseUrl: test.apiUrl, concurrency: 1 });
    const jobs = new Enqueuer<TestJobs>(backend, observer, TEST_JOBS);
    try {
      expect(await until(() => jobs.answers(), 5000)).toBe(true);
      await own.kill();
      const started = performance.now();
      for (let i = 0; i < 5; i++) await jobs.enqueue('test-work', { id: '1' });
      expect([errors.length, performance.now() - started < 5000]).toEqual([5, true]);
      expect(await jobs.answers()).toBe(false);
      await own.restart();
      expect(await until(() => jobs.answers(), 15_000)).toBe(true);
      await jobs.enqueue('test-work', { id: '1' });
      expect(enqueued).toBe(1);
    } finally {
      await jobs.close();
      await own.stop();
    }
  });
});
