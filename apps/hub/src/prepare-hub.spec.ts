import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { IntakeFinaliser } from '#libs/intake';
import { loadSeed, loadSigningKey } from '#libs/keys';
import {
  CheckpointPublisher,
  FileSignerRecord,
  LocalCheckpointSigner,
  provenanceOrigin,
  readStatements,
  Sequencer,
  signerRecordPath,
} from '#libs/ledger';
import { type Config, loadConfig } from '#libs/platform';
import { createTestDatabase, type TestDatabase } from '#test/postgres';
import { runDirectory } from '#test/run-directory';
import { prepareHub } from './prepare-hub.js';

const ORIGIN = 'hub.test';
const FILES = ['checkpoint.seed', 'promise.jwk', 'ticket.secret', 'token.jwk'];
/** Those that the database knows. */
const KNOWN = ['checkpoint.seed', 'promise.jwk', 'token.jwk'];

describe('prepareHub', () => {
  let database: TestDatabase;
  let config: Config;

  beforeEach(async () => {
    database = await createTestDatabase();
    config = newConfig();
  });
  afterEach(async () => {
    rmSync(config.dataDir, { recursive: true, force: true });
    await database.drop();
  });

  function newConfig(origin = ORIGIN): Config {
    const dataDir = mkdtempSync(join(runDirectory(), 'hub-'));
    return loadConfig({ CAIRN_DATA_DIR: dataDir, CAIRN_ORIGIN: origin });
  }

  const prepare = (as = config) => prepareHub(as, database.admin);
  const keyFile = (name: string, of = config) => join(of.dataDir, 'keys', name);

  /** Does what the worker does, so that the log has a leaf and a checkpoint. */
  async function sign(): Promise<void> {
    const { worker } = database;
    const sequencer = new Sequencer(worker, provenanceOrigin(ORIGIN), new IntakeFinaliser());
    while ((await sequencer.sequence()) > 0);
    const record = new FileSignerRecord(signerRecordPath(config.dataDir));
    const signer = new LocalCheckpointSigner(await loadSeed(keyFile('checkpoint.seed')), record);
    expect(await new CheckpointPublisher(worker, signer).publish()).toEqual([]);
  }

  /** Everything that preparing could write. */
  async function written(of = config): Promise<object> {
    const keys = join(of.dataDir, 'keys');
    const rows = await database.admin.read('written', 'system:test', (tx) =>
      tx.query<object>(
        `SELECT (SELECT count(*) FROM cairn.hub) AS hubs, (SELECT count(*) FROM cairn.log) AS logs,
                (SELECT count(*) FROM cairn.pending_statement) AS statements`,
      ),
    );
    const files = existsSync(keys) ? readdirSync(keys).sort() : null;
    return { rows, files: files?.map((name) => [name, readFileSync(join(keys, name), 'hex')]) };
  }

  async function refused(as = config): Promise<string> {
    const before = await written(as);
    const error: unknown = await prepare(as).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: 'PlatformError', code: 'config-invalid' });
    expect(await written(as)).toEqual(before);
    return (error as Error).message;
  }

  describe('when the database is new', () => {
    it('makes the keys and asks for the statement that names them', async () => {
      await prepare();
      await sign();
      const [first] = await database.worker.read('first', 'system:test', (tx) =>
        readStatements(tx, provenanceOrigin(ORIGIN), 0, 1),
      );
      const jwks = [];
      for (const purpose of ['promise', 'token']) {
        const key = await loadSigningKey(keyFile(`${purpose}.jwk`));
        jwks.push({ purpose, jwk: JSON.parse(key.publicKey.jwk) as object });
      }
      expect(first!.statement).toMatchObject({ kind: 'hub', origin: ORIGIN, keys: jwks });
      expect(readdirSync(join(config.dataDir, 'keys')).sort()).toEqual(FILES);
    });

    it('takes keys that are there already', async () => {
      await prepare();
      const other = await createTestDatabase();
      const before = await written();
      await prepareHub(config, other.admin);
      expect(await written()).toEqual(before);
      await other.drop();
    });

    it('lets one of two that found at once win', async () => {
      const rival = newConfig();
      const results = await Promise.allSettled([prepare(config), prepare(rival)]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'config-invalid' },
      });
      rmSync(rival.dataDir, { recursive: true });
    });
  });

  describe('when the hub is known', () => {
    it.each(['before', 'after'])('changes nothing %s the first checkpoint', async (when) => {
      await prepare();
      if (when === 'after') await sign();
      const before = await written();
      await prepare();
      expect(await written()).toEqual(before);
    });

    it('refuses another name, without making keys', async () => {
      await prepare();
      const renamed = newConfig('other.test');
      expect(await refused(renamed)).toContain(`set CAIRN_ORIGIN=${ORIGIN}`);
      rmSync(renamed.dataDir, { recursive: true });
    });

    it('makes another ticket secret, on which nothing that lasts depends', async () => {
      await prepare();
      rmSync(keyFile('ticket.secret'));
      await prepare();
      expect(readdirSync(join(config.dataDir, 'keys')).sort()).toEqual(FILES);
    });
  });

  describe('when key files are missing', () => {
    it.each(KNOWN)('refuses without %s, and does not make it anew', async (name) => {
      await prepare();
      await sign();
      renameSync(keyFile(name), join(config.dataDir, 'elsewhere'));
      const message = await refused();
      expect(message).toContain(`${keyFile(name)} is missing`);
      expect(message).toContain('Restore <data>/keys');
      for (const other of KNOWN.filter((known) => known !== name)) expect(message).not.toContain(other);
      renameSync(join(config.dataDir, 'elsewhere'), keyFile(name));
      await prepare();
    });

    it('refuses a directory without keys, also before the first checkpoint', async () => {
      await prepare();
      renameSync(join(config.dataDir, 'keys'), join(config.dataDir, 'elsewhere'));
      const message = await refused();
      for (const name of KNOWN) expect(message).toContain(`${keyFile(name)} is missing`);
    });
  });

  describe('when key files are those of another hub', () => {
    it.each(KNOWN)('refuses another %s', async (name) => {
      await prepare();
      await sign();
      const other = await createTestDatabase();
      const stranger = newConfig();
      await prepareHub(stranger, other.admin);
      mkdirSync(join(config.dataDir, 'own'));
      renameSync(keyFile(name), join(config.dataDir, 'own', name));
      cpSync(keyFile(name, stranger), keyFile(name));
      const message = await refused();
      expect(message).toContain(`${keyFile(name)} holds another key`);
      for (const known of KNOWN.filter((file) => file !== name)) expect(message).not.toContain(known);
      expect(message).not.toContain(readFileSync(keyFile(name), 'utf8').trim());
      rmSync(stranger.dataDir, { recursive: true });
      await other.drop();
    });

    it('refuses the keys of promises and tokens in each other’s place', async () => {
      await prepare();
      renameSync(keyFile('promise.jwk'), keyFile('swap'));
      renameSync(keyFile('token.jwk'), keyFile('promise.jwk'));
      renameSync(keyFile('swap'), keyFile('token.jwk'));
      const message = await refused();
      for (const name of ['promise.jwk', 'token.jwk']) expect(message).toContain(`${keyFile(name)} holds`);
    });
  });
});
