import { randomInt } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { within, until } from '#libs/platform';
import type { ArmedProcess } from '#test/armed-process';
import { CrashHub } from '#test/crash-hub';
import { checkCheckpoints, checkHistory } from '#test/history';
import { FeedFollower } from '#test/log-follower';
import { checkPromises } from '#test/promises';
import { hasRedis, startTestRedis, type TestRedis } from '#test/redis';
import { replay } from '#test/replay';
import { type Submit, SubmissionLoad } from '#test/submission-load';

/** Submissions of a run. Up to 40 each point is hit once; with more, processes go on dying at random points meanwhile. */
const SUBMISSIONS = Number(process.env['CRASH_SUBMISSIONS'] ?? 24);
const LONG = SUBMISSIONS > 40;
const MOST_ENTRIES = LONG ? 4_000 : 300;
const MEMBERS = ['alpha', 'beta', 'gamma'];
const PATIENCE_MS = 90_000;

/** Before and after each commit and each enqueue on the way of a submission. */
const around = (...names: string[]): string[] =>
  names.flatMap((name) => [`${name}:before-commit`, `${name}:after-commit`]);
const API_POINTS = [
  ...around('receive-submission'),
  'enqueue-decide-submission:before',
  'enqueue-decide-submission:after',
];
const JOB_POINTS = around('intern-signals', 'decide-submission');
const LOOP_POINTS = around('sequence', 'publish-round', 'publish-checkpoint', 'announce-feeds');

describe.each([
  ['postgres', JOB_POINTS, LOOP_POINTS],
  // What the loops do knows nothing of the queue, so a short run does not kill them again.
  ['redis', JOB_POINTS, LONG ? LOOP_POINTS : []],
] as const)('a hub whose processes are killed, with its queue in %s', (kind, jobPoints, loopPoints) => {
  const spec = kind === 'postgres' || hasRedis() ? it : it.skip;
  let redis: TestRedis | undefined;
  let hub: CrashHub;
  let load: SubmissionLoad;

  beforeAll(async () => {
    if (kind === 'redis' && !hasRedis()) {
      process.stderr.write(
        'SKIPPED: crashes with the queue in Redis, because redis-server is not on the PATH\n',
      );
      return;
    }
    if (kind === 'redis') redis = await startTestRedis();
    hub = await CrashHub.found(redis?.url);
    const members = await hub.admit(MEMBERS);
    const submit: Submit = (member, batch) => hub.submit(member, batch);
    load = new SubmissionLoad({ members, submit, total: SUBMISSIONS, mostEntries: MOST_ENTRIES });
  }, 120_000);
  afterAll(async () => {
    load?.stop();
    await hub?.stop();
    await redis?.stop();
  }, 60_000);

  describe('when that happens before and after every commit and enqueue, and to the database', () => {
    spec(
      'keeps every promise, once and in order',
      async () => {
        const loading = load.run();
        const apiKilled = killAtEach(API_POINTS, 'api');
        await killAtEach([...jobPoints, ...loopPoints], 'worker');
        await apiKilled;
        const [api, worker] = [hub.spawn('api'), hub.spawn('worker')];
        for (const each of [api, worker]) await each.go();
        for (const each of [api, worker]) await each.ready();
        load.release(SUBMISSIONS);
        await hub.crashDatabase();
        if (redis !== undefined) await loseTheQueue(redis);
        if (LONG) await crashOn(loading);
        const sent = await within(loading, LONG ? 600_000 : PATIENCE_MS);
        if (!sent.done || !(await until(atRest, PATIENCE_MS, 200))) await report(api, worker);
        expect(sent).toMatchObject({ done: true });
        expect(await hub.row(UNFINISHED)).toEqual(NOTHING);
        // Neither the loss of the database nor that of the queue ended a process.
        expect([api.hasEnded, worker.hasEnded]).toEqual([false, false]);
        await worker.kill('SIGTERM');
        await api.kill('SIGTERM');
        await verify();
      },
      900_000,
    );
  });

  /** Lets one process after the other die, each at its point, while the next one loads. */
  async function killAtEach(points: readonly string[], application: 'api' | 'worker'): Promise<void> {
    const processes = points.map((point) => () => hub.spawn(application, point));
    let next: ArmedProcess | undefined = processes[0]?.();
    for (const [i, point] of points.entries()) {
      const armed = next!;
      next = processes[i + 1]?.();
      await prepareFor(point);
      await armed.go();
      await armed.died(PATIENCE_MS);
    }
  }

  /** Sees to it that a process which begins has something to do at its point, so that the kill takes something away. */
  async function prepareFor(point: string): Promise<void> {
    const [transaction] = point.split(':');
    load.release(2);
    if (transaction === 'announce-feeds') await untilFeedCanBeAnnounced();
    else if (LOOP_POINTS.includes(point)) await hub.giveRight(MEMBERS[0]!);
  }

  /** A worker announces when it starts and then once a minute: what it signs after its start is left to the next one. */
  async function untilFeedCanBeAnnounced(): Promise<void> {
    const canBe = async (): Promise<boolean> => (await ask(UNANNOUNCED)) > 0;
    if (await canBe()) return;
    const worker = hub.spawn('worker');
    await worker.go();
    expect(await until(canBe, PATIENCE_MS, 50)).toBe(true);
    await worker.kill('SIGKILL');
  }

  /** Everything Redis held is gone, and Redis too for a while. */
  async function loseTheQueue(server: TestRedis): Promise<void> {
    await server.kill();
    await server.restart();
  }

  /** Goes on killing while there is load: processes at random points, beside those that stay, and the database. */
  async function crashOn(loading: Promise<void>): Promise<void> {
    let loaded = false;
    void loading.finally(() => (loaded = true)).catch(() => undefined);
    const points = [...jobPoints, ...loopPoints];
    for (let i = 0; !loaded; i++) {
      const armed = hub.spawn('worker', points[randomInt(points.length)]!, 1 + randomInt(4));
      await armed.go();
      await until(() => armed.hasEnded || loaded, PATIENCE_MS);
      await armed.kill('SIGKILL');
      if (i % 8 === 7) await hub.crashDatabase();
    }
  }

  /** Says what is left, and why, when a run does not come to its end. */
  async function report(api: ArmedProcess, worker: ArmedProcess): Promise<void> {
    const left = await hub.row(UNFINISHED).catch((error: unknown) => error);
    const { sent, lastTrouble } = load;
    process.stderr.write(
      `${inspect({ sent: sent.length, lastTrouble, left, api: api.end, worker: worker.end })}\n`,
    );
    process.stderr.write(`api:\n${api.output()}\nworker:\n${worker.output()}\n`);
  }

  async function atRest(): Promise<boolean> {
    const left = await hub.row<Record<string, number>>(UNFINISHED).catch(() => ({ unknown: 1 }));
    return Object.values(left).every((count) => count === 0);
  }

  async function ask(sql: string): Promise<number> {
    return (await hub.row<{ n: number }>(sql)).n;
  }

  async function verify(): Promise<void> {
    const { origin, database } = hub;
    expect(hub.deaths()).toEqual(expect.arrayContaining([...API_POINTS, ...jobPoints, ...loopPoints]));
    expect(load.sent.length).toBe(SUBMISSIONS);
    expect(load.resent).toBeGreaterThan(0);
    const { submissions } = await checkHistory(database, origin);
    expect(submissions).toBe(SUBMISSIONS);
    await checkPromises(database, origin, load.sent);
    const lines = load.sent.reduce((sum, { entries }) => sum + entries.length, 0);
    expect(await ask('SELECT count(*)::integer AS n FROM cairn.entry')).toBe(lines);
    expect(await ask('SELECT count(*)::integer AS n FROM cairn.submission_decision')).toBe(0);
    expect(await checkCheckpoints(database, await hub.checkpointSeed())).toBeGreaterThan(0);
    expect((await replay(database, origin)).rootsMet).toBeGreaterThan(0);
    const feed = new FeedFollower(database, origin, 'csam');
    await feed.poll();
    expect([...feed.keys('sha256')].sort()).toEqual([...load.standing()].sort());
  }
});

/** Feeds with a signed head that no statement announces. */
const UNANNOUNCED = `
  SELECT count(*)::integer AS n FROM cairn.feed f
   WHERE f.announced_size < (SELECT max(c.size) FROM cairn.checkpoint c WHERE c.log_id = f.log_id)`;

const NOTHING = { submissions: 0, statements: 0, unapplied: 0, unsigned: 0 };

/** Submissions not logged, statements not logged, those not applied, and logs not signed. */
const UNFINISHED = `
  SELECT (SELECT count(*) FROM cairn.submission WHERE state <> 'sequenced')::integer AS submissions,
         (SELECT count(*) FROM cairn.pending_statement WHERE log_index IS NULL)::integer AS statements,
         (SELECT l.size - p.size FROM cairn.log l, cairn.projection p WHERE l.feed IS NULL)::integer AS unapplied,
         (SELECT count(*) FROM cairn.log l WHERE l.size
            > coalesce((SELECT max(c.size) FROM cairn.checkpoint c WHERE c.log_id = l.id), 0))::integer AS unsigned`;
