import { chmodSync, mkdtempSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPrivateFile } from '#libs/keys';
import {
  CheckpointPublisher,
  FileSignerRecord,
  recomputePublishedHeads,
  RemoteCheckpointSigner,
  signerAddress,
  signerRecordPath,
} from '#libs/ledger';
import { type Config, freePort, loadConfig, privateDirectory, until } from '#libs/platform';
import { createTestDatabase, type TestDatabase } from '#test/postgres';
import { killLeftovers, startProcess, type TestProcess } from '#test/processes';
import { backUp } from '#test/restored-log';
import { runDirectory } from '#test/run-directory';
import { StoredLog } from '#test/stored-log';

const SECRET = 's'.repeat(40);

describe('the signer', () => {
  let test: TestDatabase;
  let config: Config;
  let env: Record<string, string>;
  let signer: RemoteCheckpointSigner;
  let publisher: CheckpointPublisher;

  beforeAll(async () => void (test = await createTestDatabase()));
  afterAll(() => test.drop());

  beforeEach(async () => {
    await withdrawLogs();
    const dataDir = mkdtempSync(join(runDirectory(), 'sign-'));
    await createPrivateFile(
      join(privateDirectory(join(dataDir, 'keys')), 'checkpoint.seed'),
      `${randomBytes(32).toString('hex')}\n`,
    );
    FileSignerRecord.create(signerRecordPath(dataDir));
    setUp({ CAIRN_DATA_DIR: dataDir });
  });
  afterEach(() => {
    signer.close();
    killLeftovers();
  });

  function setUp(settings: Record<string, string>): void {
    env = settings;
    config = loadConfig(env);
    signer = new RemoteCheckpointSigner(signerAddress(config));
    publisher = new CheckpointPublisher(test.worker, signer);
  }

  const start = (more: Record<string, string> = {}): Promise<TestProcess> =>
    startProcess('signer', { ...env, ...more });
  const record = (): string => signerRecordPath(config.dataDir);
  const signed = (origin: string): number => new FileSignerRecord(record()).head(origin).size;

  /** Logs of earlier tests are signed by keys that are gone. */
  async function withdrawLogs(): Promise<void> {
    await test.admin.transaction('withdraw', 'system:test', (tx) =>
      tx.query('TRUNCATE cairn.log, cairn.log_bundle, cairn.log_tile, cairn.checkpoint CASCADE'),
    );
  }

  describe('when it runs', () => {
    it('signs what grows, and is alone with its socket and its record', async () => {
      await start();
      const log = await StoredLog.create(test, 300);
      for (const more of [1, 600, 256]) {
        expect(await publisher.publish()).toEqual([]);
        await log.grow(more);
      }
      expect(await publisher.publish()).toEqual([]);
      expect(await log.checkpoints()).toEqual([300, 301, 901, 1157]);
      expect(signed(log.origin)).toBe(1157);
      for (const file of [record(), join(config.dataDir, 'signer', 'socket')])
        expect(statSync(file).mode & 0o777).toBe(0o600);
    });

    it('lets no second one beside it', async () => {
      await start();
      await expect(start()).rejects.toThrow(/another signer runs/);
    });

    it('takes a long gap in bounded memory', async () => {
      await start();
      const log = await StoredLog.create(test, 20_000);
      expect(await publisher.publish()).toEqual([]);
      expect(await log.checkpoints()).toEqual([20_000]);
    });

    it('gives two that ask at once one history', async () => {
      await start();
      const log = await StoredLog.create(test, 10);
      const other = new RemoteCheckpointSigner(signerAddress(config));
      const second = new CheckpointPublisher(test.worker, other);
      for (let i = 0; i < 20; i++) {
        const answers = await Promise.all([publisher.publish(), second.publish(), log.grow(7)]);
        expect(answers.slice(0, 2)).toEqual([[], []]);
      }
      other.close();
      expect(await publisher.publish()).toEqual([]);
      expect((await log.checkpoints()).at(-1)).toBe(150);
    });
  });

  describe('when it is killed between its record and its answer', () => {
    it('signs the same head when it is asked again, and goes on from there', async () => {
      const doomed = await start({ CAIRN_FAULT_POINTS: 'signer:after-record=2' });
      const log = await StoredLog.create(test, 10);
      expect(await publisher.publish()).toEqual([]);
      await log.grow(300);
      expect(await publisher.publish()).toMatchObject([{ reason: 'signer_unavailable' }]);
      expect(await doomed.kill('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
      expect([signed(log.origin), await log.checkpoints()]).toEqual([310, [10]]);

      await start();
      expect(await publisher.publish()).toEqual([]);
      expect(await log.checkpoints()).toEqual([10, 310]);
      await log.grow(1);
      expect(await publisher.publish()).toEqual([]);
    });
  });

  describe('when it is away', () => {
    it('is asked again over a connection that broke', async () => {
      const first = await start();
      const log = await StoredLog.create(test, 10);
      expect(await publisher.publish()).toEqual([]);
      await first.kill('SIGKILL');
      await log.grow(1);
      expect(await publisher.publish()).toMatchObject([{ reason: 'signer_unavailable' }]);
      await start();
      expect(await until(async () => (await publisher.publish()).length === 0, 5_000)).toBe(true);
      expect(await log.checkpoints()).toEqual([10, 11]);
    });
  });

  describe('when its record is not to be believed', () => {
    let log: StoredLog;
    beforeEach(async () => {
      await start();
      log = await StoredLog.create(test, 10);
      expect(await publisher.publish()).toEqual([]);
      await log.grow(1);
    });

    it('signs nothing without one, until the operator adopts what was published', async () => {
      renameSync(record(), `${record()}.lost`);
      expect(await publisher.publish()).toMatchObject([{ reason: 'record_missing' }]);
      const heads = await test.worker.read('adopt', 'system:test', (tx) => recomputePublishedHeads(tx));
      expect(heads.get(log.origin)).toMatchObject({ size: 10 });
      expect(FileSignerRecord.create(record(), heads)).toBe(true);
      expect(FileSignerRecord.create(record(), new Map())).toBe(false);
      expect(await publisher.publish()).toEqual([]);
      expect(await log.checkpoints()).toEqual([10, 11]);
    });

    it('signs nothing when others can read it', async () => {
      chmodSync(record(), 0o640);
      expect(await publisher.publish()).toMatchObject([{ reason: 'record_unusable' }]);
      chmodSync(record(), 0o600);
      expect(await publisher.publish()).toEqual([]);
    });

    it.each([
      ['cut off', (text: string) => text.slice(0, 40)],
      ['of another size', (text: string) => text.replace('"size": 10', '"size": 12')],
      ['of another root', (text: string) => text.replace(/"root": "../, (head) => `${head.slice(0, -2)}zz`)],
      ['of no known version', (text: string) => text.replace('"version": 1', '"version": 2')],
    ])('signs nothing when it is %s', async (_about, damage) => {
      const text = readFileSync(record(), 'utf8');
      expect(damage(text)).not.toBe(text);
      writeFileSync(record(), damage(text));
      expect(await publisher.publish()).toMatchObject([{ reason: 'record_unusable' }]);
      writeFileSync(record(), text);
      expect(await publisher.publish()).toEqual([]);
    });

    it('signs nothing when an older one was put back', async () => {
      const old = readFileSync(record(), 'utf8');
      expect(await publisher.publish()).toEqual([]);
      writeFileSync(record(), old);
      await log.grow(1);
      expect(await publisher.publish()).toMatchObject([{ reason: 'record_behind' }]);
    });
  });

  describe('when an older database was put back beside its record', () => {
    it('refuses it however it grows, says why, also after a restart, and goes on with the newer one', async () => {
      const first = await start();
      const log = await StoredLog.create(test, 300);
      expect(await publisher.publish()).toEqual([]);
      const restoreOld = await backUp(test, log, 'old');
      await log.grow(30);
      expect(await publisher.publish()).toEqual([]);
      const restoreNew = await backUp(test, log, 'newer');
      const before = readFileSync(record(), 'utf8');

      for (const [others, reason] of [
        [5, 'log_went_back'],
        [30, 'log_went_sideways'],
        [300, 'damaged_log'],
      ] as const) {
        await restoreOld();
        await log.grow(others);
        const detail = expect.stringMatching(/\d/);
        expect(await publisher.publish()).toMatchObject([{ origin: log.origin, reason, detail }]);
      }
      await first.kill('SIGKILL');
      await start();
      const refused = async () => (await publisher.publish())[0]?.reason === 'damaged_log';
      expect(await until(refused, 5_000)).toBe(true);
      expect([await log.checkpoints(), readFileSync(record(), 'utf8')]).toEqual([[300], before]);

      await restoreNew();
      await log.grow(1);
      expect(await publisher.publish()).toEqual([]);
      expect(await log.checkpoints()).toEqual([300, 330, 331]);
    });
  });

  describe('when it listens on a port', () => {
    it('answers who has the secret, and nobody else', async () => {
      const port = await freePort();
      setUp({ ...env, CAIRN_SIGNER_PORT: String(port), CAIRN_SIGNER_SECRET: SECRET });
      await start();
      const log = await StoredLog.create(test, 10);
      const url = `http://127.0.0.1:${port}`;
      const stranger = new RemoteCheckpointSigner({ kind: 'url', url, secret: 't'.repeat(40) });
      expect(await new CheckpointPublisher(test.worker, stranger).publish()).toMatchObject([
        { reason: 'signer_unavailable', detail: expect.stringContaining('CAIRN_SIGNER_SECRET') },
      ]);
      expect((await fetch(`${url}/v1/log?origin=${log.origin}`)).status).toBe(401);
      expect(await publisher.publish()).toEqual([]);
      const headers = { authorization: `Bearer ${SECRET}` };
      expect((await fetch(`${url}/v1/log?origin=a+b`, { headers })).status).toBe(400);
      expect((await fetch(`${url}/v1/sign?origin=a`, { method: 'POST', headers })).status).toBe(400);
    });
  });
});
