import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { withClient } from '../database/client.js';
import { isAlive } from '../process/process-identity.js';
import { freePort } from '../process/free-port.js';
import { until } from '../process/timing.js';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded-postgres.js';
import { readServerProcess } from './server-process.js';
import { stopServer } from './stop-server.js';

/** A cluster that was started once and stopped, to begin tests with; making one takes a second. */
const used = mkdtempSync(join(tmpdir(), 'cairn-pg-used-'));
let directory: string;

beforeAll(async () => {
  await (await startEmbeddedPostgres({ directory: used })).stop();
});

afterAll(() => rmSync(used, { recursive: true, force: true }));

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cairn-pg-'));
  cpSync(used, directory, { recursive: true });
});

afterEach(async () => {
  const server = readServerProcess(join(directory, 'data'));
  if (server !== undefined) await stopServer(server.pid);
  rmSync(directory, { recursive: true, force: true });
});

const start = (options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ directory, ...options });

async function rows(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  return withClient(
    server.url('postgres'),
    { searchPath: 'public' },
    async (client) => (await client.query(sql)).rows as unknown[],
  );
}

describe('startEmbeddedPostgres', () => {
  describe('when the directory is new', () => {
    it('makes a durable cluster that only its password opens', async () => {
      rmSync(directory, { recursive: true });
      const server = await start();
      const [settings] = await rows(
        server,
        `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS sync,
                current_setting('listen_addresses') AS host, current_setting('unix_socket_directories') AS sockets,
                current_setting('server_encoding') AS encoding, current_setting('lc_collate') AS collate,
                current_setting('shared_buffers') AS buffers, current_setting('jit') AS jit`,
      );
      expect(settings).toEqual({
        fsync: 'on',
        sync: 'on',
        host: '127.0.0.1',
        sockets: '',
        encoding: 'UTF8',
        collate: 'C',
        buffers: '512MB',
        jit: 'off',
      });
      const wrong = server.url('postgres').replace(/:[^:@]+@/, ':wrong@');
      await expect(withClient(wrong, {}, async () => 1)).rejects.toThrow(
        'it refuses the user or the password',
      );
      expect(statSync(join(directory, 'superuser-password')).mode & 0o777).toBe(0o600);
      await server.stop();
      expect(isAlive(server.pid)).toBe(false);
    });
  });

  describe('when the server is killed', () => {
    it('comes back with everything that was committed', async () => {
      const first = await start();
      await rows(first, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
      process.kill(first.pid, 'SIGKILL');
      await first.ended;
      const second = await start({ port: first.port });
      expect(second.port).toBe(first.port);
      expect(await rows(second, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 1000 }]);
    });
  });

  describe('when a server runs on the directory already', () => {
    it('says so, with process and port', async () => {
      const running = await start();
      await expect(start()).rejects.toMatchObject({
        code: 'postgres-already-running',
        message: expect.stringContaining(`already running`),
      });
      await expect(start()).rejects.toThrow(`with pid ${running.pid}, port ${running.port}`);
    });

    it('stops it first for a supervisor that knows it for an orphan', async () => {
      const orphan = await start();
      const server = await start({ running: 'stop' });
      expect(server.stoppedOrphan).toBe(orphan.pid);
      expect(isAlive(orphan.pid)).toBe(false);
      expect(await rows(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
  });

  describe('when a stranger bears the number of a dead server', () => {
    it('removes the lock file and starts', async () => {
      const first = await start();
      const lock = join(directory, 'data', 'postmaster.pid');
      const content = readFileSync(lock, 'utf8');
      await first.stop();
      const stranger = spawn('sleep', ['60']);
      try {
        writeFileSync(lock, content.replace(/^\d+/, String(stranger.pid)), { mode: 0o600 });
        expect(await rows(await start(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      } finally {
        stranger.kill('SIGKILL');
      }
    });
  });

  describe('when its port is taken', () => {
    it('says which and what to do', async () => {
      const port = await freePort();
      const other = createServer().listen(port, '127.0.0.1');
      try {
        await expect(start({ port })).rejects.toMatchObject({
          code: 'postgres-port-busy',
          message: expect.stringContaining(`port ${port} on 127.0.0.1 is in use`),
        });
      } finally {
        other.close();
      }
    });
  });

  describe('when the cluster was made by another major version', () => {
    it('refuses to touch it', async () => {
      writeFileSync(join(directory, 'data', 'PG_VERSION'), '14\n');
      await expect(start()).rejects.toThrow('was made by PostgreSQL 14, this release brings 15');
    });
  });

  describe('when a first start was interrupted', () => {
    it('begins again', async () => {
      renameSync(join(directory, 'data'), join(directory, 'new'));
      expect(await rows(await start(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
  });

  const asRoot = process.getuid?.() === 0 ? describe : describe.skip;
  asRoot('when it is root and user namespaces are not allowed', () => {
    it('runs as nobody from a copy of the programs, and changes back when they are', async () => {
      const identity = { kind: 'unprivileged', uid: 65_534 } as const;
      await expect(start({ identity })).rejects.toMatchObject({ code: 'postgres-not-permitted' });
      rmSync(directory, { recursive: true });
      const nobody = await start({ identity });
      await rows(nobody, 'CREATE TABLE kept AS SELECT 1 AS one');
      expect(statSync(join(directory, 'data')).uid).toBe(65_534);
      await nobody.stop();
      const other = await start();
      expect(other.identity).not.toBe('unprivileged');
      expect(await rows(other, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
      await other.stop();
    });
  });

  it('leaves no orphan when it is told to stop', async () => {
    const server = await start();
    await server.stop();
    await server.ended;
    expect(await until(() => readServerProcess(join(directory, 'data')) === undefined, 1000)).toBe(true);
  });
});
