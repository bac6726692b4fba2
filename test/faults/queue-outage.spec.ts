import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '#libs/platform';
import { createTestDatabase, type TestDatabase } from '#test/postgres';
import { openEnqueuer, startQueueWorker } from '#test/queue-context';
import { TcpProxy } from '#test/tcp-proxy';

const PATIENCE_MS = 30_000;
const OUTAGE_MS = 3_000;

describe('a worker with its queue in PostgreSQL', () => {
  let test: TestDatabase;
  /** What a test leaves open, last first. */
  const opened: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });
  afterAll(() => test.drop());

  const settings = (databaseUrl: string) => ({ queueUrl: undefined, databaseUrl, concurrency: 2 });
  const open = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
    const one = await opening;
    opened.push(one);
    return one;
  };
  const openProxy = (cut: boolean): Promise<TcpProxy> =>
    open(TcpProxy.before(Number(new URL(test.workerUrl).port), cut));
  const proxied = (proxy: TcpProxy): string => {
    const url = new URL(test.workerUrl);
    url.port = String(proxy.port);
    return url.toString();
  };

  describe('when its first connection is cut', () => {
    it('does not start, instead of spinning without ever getting a job', async () => {
      const proxy = await openProxy(true);
      const script = fileURLToPath(new URL('../support/queue-start.js', import.meta.url));
      const child = fork(script, [proxied(proxy)], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      let said: unknown;
      child.once('message', (message) => (said = message));
      await until(() => said !== undefined, PATIENCE_MS);
      child.kill('SIGKILL');
      expect(said).toBe('refused');
    });
  });

  describe('when its connections are cut while it runs', () => {
    it('tries again without haste, and goes on when they are mended', async () => {
      const proxy = await openProxy(false);
      const decided: string[] = [];
      await open(startQueueWorker(settings(proxied(proxy)), async (id) => decided.push(id) > 0));
      const enqueuer = await open(openEnqueuer(settings(test.apiUrl)));
      await enqueuer.enqueue('decide-submission', { submissionId: '1' });
      expect(await until(() => decided.includes('1'), PATIENCE_MS)).toBe(true);

      const before = proxy.attempts;
      proxy.cut();
      await enqueuer.enqueue('decide-submission', { submissionId: '2' });
      await sleep(OUTAGE_MS);
      expect(proxy.attempts - before).toBeGreaterThan(0);
      expect(proxy.attempts - before).toBeLessThan(15);
      proxy.mend();
      expect(await until(() => decided.includes('2'), PATIENCE_MS)).toBe(true);
    });
  });
});
