import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPrivateFile } from '#libs/keys';
import { FileSignerRecord, requestStatement, signerRecordPath } from '#libs/ledger';
import { privateDirectory, until } from '#libs/platform';
import { flippedBundle } from '#test/damage';
import { TestHub } from '#test/hub';
import { killLeftovers, startProcess, type TestProcess } from '#test/processes';
import { runDirectory } from '#test/run-directory';

const STATEMENTS = 300;
const PATIENCE_MS = 30_000;

describe('the worker', () => {
  let hub: TestHub;
  let dataDir: string;
  let statements = 0;

  beforeAll(async () => {
    hub = await TestHub.create();
    dataDir = privateDirectory(join(runDirectory(), hub.databases.name));
    const seed = join(privateDirectory(join(dataDir, 'keys')), 'checkpoint.seed');
    await createPrivateFile(seed, `${hub.seed.toString('hex')}\n`);
    await request(STATEMENTS);
    await hub.settle();
    FileSignerRecord.create(signerRecordPath(dataDir), hub.signerRecord.heads);
    await startProcess('signer', { CAIRN_ORIGIN: hub.origin, CAIRN_DATA_DIR: dataDir });
  });
  afterAll(async () => {
    killLeftovers();
    await hub.drop();
  });

  describe('when a byte of an old entry has rotted', () => {
    it('signs nothing and says so, until that is repaired', async () => {
      const damage = flippedBundle(1, 0, 10);
      await hub.databases.admin.transaction('damage', 'system:test', damage.mount);
      const signedBefore = await checkpointSize();
      const damaged = await startWorker();
      expect(await until(() => damaged.output().includes('the signer refuses to sign'), PATIENCE_MS)).toBe(
        true,
      );
      expect(fatalLines(damaged)).toMatchObject([{ origin: 'hub.test/log', reason: 'damaged_log' }]);
      await request(1);
      expect(await until(async () => (await logSize()) > signedBefore, PATIENCE_MS)).toBe(true);
      expect(await checkpointSize()).toBe(signedBefore);
      await damaged.kill('SIGKILL');

      await hub.databases.admin.transaction('repair', 'system:test', damage.repair);
      const repaired = await startWorker();
      expect(await until(async () => (await checkpointSize()) === (await logSize()), PATIENCE_MS)).toBe(true);
      expect(await checkpointSize()).toBeGreaterThan(signedBefore);
      expect(fatalLines(repaired)).toEqual([]);
      await repaired.kill();
    });
  });

  describe('when token state has expired', () => {
    it('deletes it and keeps the rest', async () => {
      await hub.databases.admin.transaction('spend', 'system:test', (tx) =>
        tx.query(
          `INSERT INTO cairn.token_state (model, id, payload, expires_at) VALUES
            ('ReplayDetection', 'expired', '{}', now() - interval '1 second'),
            ('ReplayDetection', 'valid', '{}', now() + interval '1 hour')`,
        ),
      );
      const worker = await startWorker();
      expect(await until(async () => (await tokenState()).length < 2, PATIENCE_MS)).toBe(true);
      expect(await tokenState()).toEqual(['valid']);
      await worker.kill();
    });
  });

  async function tokenState(): Promise<string[]> {
    const rows = await hub.databases.admin.read('token-state', 'system:test', (tx) =>
      tx.query<{ id: string }>('SELECT id FROM cairn.token_state'),
    );
    return rows.map((row) => row.id);
  }

  async function request(count: number): Promise<void> {
    await hub.worker.transaction('request', 'system:test', async (tx) => {
      for (let i = 0; i < count; i++) await requestStatement(tx, `tick:${++statements}`, { kind: 'tick' });
    });
  }

  async function startWorker(): Promise<TestProcess> {
    return startProcess('worker', {
      CAIRN_ORIGIN: hub.origin,
      CAIRN_DATA_DIR: dataDir,
      CAIRN_DATABASE_URL: hub.databases.workerUrl,
      CAIRN_CHECKPOINT_INTERVAL_MS: '50',
    });
  }

  const number = async (sql: string): Promise<number> => {
    const rows = await hub.worker.read('size', 'system:test', (tx) => tx.query<{ n: number }>(sql));
    return rows[0]!.n;
  };
  const logSize = () => number('SELECT size::float8 AS n FROM cairn.log WHERE feed IS NULL');
  const checkpointSize = () =>
    number(`SELECT max(c.size)::float8 AS n FROM cairn.checkpoint c JOIN cairn.log l ON l.id = c.log_id
             WHERE l.feed IS NULL`);
});

/** What a process logged at level fatal. */
function fatalLines(worker: TestProcess): Record<string, unknown>[] {
  const lines = worker.output().split('\n');
  const records = lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return records.filter((record) => record['level'] === 60);
}
