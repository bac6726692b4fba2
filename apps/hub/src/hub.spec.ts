import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, isAlive, readServerProcess, stopServer, until, withClient } from '#libs/platform';
import { createEmptyDatabase } from '#test/postgres';
import {
  childrenOf,
  describeProcess,
  killLeftovers,
  runHub,
  startProcess,
  type TestProcess,
} from '#test/processes';
import { runDirectory } from '#test/run-directory';

/** Bounds how long a broken hub is waited for; how fast a hub is depends on the machine. */
const PATIENCE_MS = 120_000;
const CASE_MS = 600_000;

let dataDir: string;
let env: Record<string, string>;
/** The hub that the cases share, in which they follow one another as in one life; see `running`. */
let shared: TestProcess | undefined;
const seen: number[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'cairn-hub-'));
  env = { CAIRN_DATA_DIR: dataDir, CAIRN_PORT: String(await freePort()), CAIRN_SHUTDOWN_SECONDS: '5' };
});

afterAll(async () => {
  killLeftovers();
  // Children of a killed supervisor, should they have failed to go away by themselves.
  for (const pid of seen.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  const server = readServerProcess(join(dataDir, 'postgres', 'data'));
  if (server !== undefined && isAlive(server.pid)) await stopServer(server.pid);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** The shared hub, started if no case before has left it running. */
async function running(): Promise<TestProcess> {
  if (shared === undefined || !isAlive(shared.pid)) shared = await startProcess('hub', env);
  return shared;
}

async function stopped(): Promise<void> {
  if (shared !== undefined && isAlive(shared.pid)) await shared.kill();
}

interface Parts {
  readonly api: number;
  readonly worker: number;
  readonly postgres: number;
}

/** The processes of a hub as they are now; 0 for one that is being started again. */
function presentParts(hub: TestProcess): Parts {
  const children = childrenOf(hub.pid);
  const find = (part: string): number => children.find(({ command }) => command.includes(part))?.pid ?? 0;
  const parts = { api: find('apps/api/'), worker: find('apps/worker/'), postgres: find('/bin/postgres') };
  seen.push(...[parts.api, parts.worker].filter((part) => part !== 0));
  return parts;
}

/** The processes of a hub once all are there: any of them may have ended with the database and be on its way back. */
async function partsOf(hub: TestProcess): Promise<Parts> {
  let parts = presentParts(hub);
  await until(() => !Object.values((parts = presentParts(hub))).includes(0), PATIENCE_MS);
  expect(Object.values(parts)).not.toContain(0);
  return parts;
}

const isReady = async (hub: TestProcess): Promise<boolean> =>
  fetch(`${hub.url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

/** Which of these processes are still there when all patience is over, and what the system says of them. */
async function remaining(processes: Readonly<Record<string, number>>): Promise<string[]> {
  const alive = (): string[] => Object.keys(processes).filter((name) => isAlive(processes[name]!));
  await until(() => alive().length === 0, PATIENCE_MS);
  return alive().map((name) => `${name} ${describeProcess(processes[name]!)}\n${shared?.output()}`);
}

describe('cairn-hub start', () => {
  it(
    'brings up a hub that answers, from nothing',
    async () => {
      expect(await runHub(['doctor'], env)).toMatchObject({
        code: 0,
        output: expect.stringContaining('not running'),
      });
      const hub = await running();
      const parts = await partsOf(hub);
      expect(hub.url).toBe(`http://127.0.0.1:${env['CAIRN_PORT']}`);
      expect(await (await fetch(`${hub.url}/readyz`)).json()).toEqual({
        ready: true,
        checks: { database: 'ok', queue: 'ok' },
      });
      const nowhere = await fetch(`${hub.url}/no-such-page?value=f8f8f0`, {
        headers: { 'x-request-id': 'abc-1' },
      });
      expect([nowhere.status, nowhere.headers.get('x-request-id')]).toEqual([404, 'abc-1']);
      const metrics = await (await fetch(`${hub.url}/metrics`)).text();
      expect(metrics).toContain('cairn_process_info{process="api",queue="postgres"} 1');
      expect(metrics).toMatch(
        /cairn_http_request_duration_seconds_count\{method="GET",route="none",code="404"\} 1/,
      );
      expect(metrics).not.toContain('f8f8f0');
      const worker = JSON.parse(readFileSync(join(dataDir, 'run', 'worker.json'), 'utf8')) as {
        url: string;
        pid: number;
      };
      expect(worker.pid).toBe(parts.worker);
      expect((await fetch(`${worker.url}/livez`)).status).toBe(200);
    },
    CASE_MS,
  );

  it(
    'keeps the secrets of the administrator to itself, and the files of the hub to its user',
    async () => {
      const parts = await partsOf(await running());
      for (const part of [parts.api, parts.worker]) {
        const environment = readFileSync(`/proc/${part}/environ`, 'utf8');
        expect(environment).toMatch(/CAIRN_DATABASE_URL=postgresql:\/\/cairn_(api|worker):/);
        expect(environment).not.toContain(
          readFileSync(join(dataDir, 'postgres', 'superuser-password'), 'utf8'),
        );
      }
      for (const secret of ['postgres/superuser-password', 'secrets/database-roles.json']) {
        expect(statSync(join(dataDir, secret)).mode & 0o777).toBe(0o600);
      }
      expect(readFileSync(join(dataDir, 'postgres', 'server.log'), 'utf8')).not.toContain(
        'password authentication failed',
      );
    },
    CASE_MS,
  );

  it(
    'lets no second hub on its data, and the doctor in',
    async () => {
      const hub = await running();
      const [second, doctor] = await Promise.all([runHub(['start'], env), runHub(['doctor'], env)]);
      expect(second.code).toBe(1);
      expect(second.output).toContain(`another hub runs on ${dataDir} (process ${hub.pid})`);
      expect(doctor).toMatchObject({ code: 0, output: expect.stringContaining('schema up to date') });
    },
    CASE_MS,
  );

  it(
    'heals when any of its processes is killed',
    async () => {
      const hub = await running();
      for (const part of ['api', 'worker', 'postgres', 'postgres'] as const) {
        const before = (await partsOf(hub))[part];
        process.kill(before, 'SIGKILL');
        const healed = await until(async () => {
          const now = presentParts(hub)[part];
          return now !== 0 && now !== before && (await isReady(hub));
        }, PATIENCE_MS);
        expect([part, healed]).toEqual([part, true]);
      }
    },
    CASE_MS,
  );

  it(
    'starts again after its supervisor was killed, whose processes go away by themselves',
    async () => {
      const first = await running();
      const parts = await partsOf(first);
      await first.kill('SIGKILL');
      const second = await running();
      expect(second.pid).not.toBe(first.pid);
      expect(await remaining({ ...parts })).toEqual([]);
      expect(await until(() => isReady(second), PATIENCE_MS)).toBe(true);
    },
    CASE_MS,
  );

  it(
    'ends a process of a killed supervisor that does not go away by itself',
    async () => {
      const first = await running();
      const parts = await partsOf(first);
      process.kill(parts.worker, 'SIGSTOP');
      await first.kill('SIGKILL');
      const second = await running();
      expect(await remaining({ ...parts })).toEqual([]);
      expect(await until(() => isReady(second), PATIENCE_MS)).toBe(true);
      expect(second.output()).toContain('did not go away and is killed');
    },
    CASE_MS,
  );

  it(
    'starts again after everything was killed',
    async () => {
      const first = await running();
      const parts = await partsOf(first);
      process.kill(first.pid, 'SIGKILL');
      for (const part of Object.values(parts)) process.kill(part, 'SIGKILL');
      expect(await remaining({ hub: first.pid })).toEqual([]);
      const second = await running();
      expect(second.pid).not.toBe(first.pid);
      expect(await until(() => isReady(second), PATIENCE_MS)).toBe(true);
    },
    CASE_MS,
  );

  it(
    'stops in order, and then can be brought up to date and looked at',
    async () => {
      const hub = await running();
      const parts = await partsOf(hub);
      expect(await hub.kill('SIGINT')).toEqual({ code: 0, signal: null });
      expect(Object.values(parts).filter(isAlive)).toEqual([]);
      expect(existsSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'))).toBe(false);
      expect(existsSync(join(dataDir, 'hub.lock'))).toBe(false);
      expect(await runHub(['migrate'], env)).toMatchObject({
        code: 0,
        output: expect.stringContaining('up to date'),
      });
      expect(readServerProcess(join(dataDir, 'postgres', 'data'))).toBeUndefined();
    },
    CASE_MS,
  );

  it(
    'uses the database it is given, with its own roles',
    async () => {
      await stopped();
      const database = await createEmptyDatabase();
      const given = {
        ...env,
        CAIRN_DATA_DIR: mkdtempSync(join(runDirectory(), 'given-')),
        CAIRN_DATABASE_URL: database.adminUrl,
        CAIRN_DATABASE_ROLES_FILE: database.rolesFile,
      };
      const hub = await startProcess('hub', given);
      expect(presentParts(hub).postgres).toBe(0);
      expect(existsSync(join(given.CAIRN_DATA_DIR, 'postgres'))).toBe(false);
      const logins = await withClient(database.adminUrl, {}, async (client) => {
        const sql = `SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE 'cairn%'`;
        return (await client.query<{ usename: string }>(sql)).rows.map(({ usename }) => usename).sort();
      });
      expect(logins).toEqual(['cairn_api', 'cairn_worker']);
      await hub.kill();

      const renamed = await runHub(['migrate'], { ...given, CAIRN_ORIGIN: 'other.example.org' });
      expect(renamed.code).toBe(78);
      expect(renamed.output).toContain(`set CAIRN_ORIGIN=localhost:${env['CAIRN_PORT']}`);
      await database.drop();
    },
    CASE_MS,
  );

  it(
    'says what is wrong and leaves nothing running',
    async () => {
      await stopped();
      const own = (): string => mkdtempSync(join(runDirectory(), 'wrong-'));
      const directories = [own(), own(), own()] as const;
      const other: Server = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const taken = String((other.address() as AddressInfo).port);
      const [busy, unknown, unreachable] = await Promise.all([
        runHub(['start'], { ...env, CAIRN_DATA_DIR: directories[0], CAIRN_PORT: taken }),
        runHub(['start'], { ...env, CAIRN_DATA_DIR: directories[1], CAIRN_PROT: '1' }),
        runHub(['start'], {
          ...env,
          CAIRN_DATA_DIR: directories[2],
          CAIRN_DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/d',
        }),
      ]);
      other.close();
      expect(busy).toMatchObject({
        code: 78,
        output: expect.stringContaining('in use: set CAIRN_PORT to another'),
      });
      expect(unknown).toMatchObject({
        code: 78,
        output: expect.stringContaining('the nearest is CAIRN_PORT'),
      });
      expect(unreachable).toMatchObject({
        code: 1,
        output: expect.stringContaining('127.0.0.1:1/d cannot be reached'),
      });
      expect(unreachable.output).not.toContain('hunter2');
      for (const directory of directories) expect(existsSync(join(directory, 'hub.lock'))).toBe(false);
    },
    CASE_MS,
  );
});

describe('cairn-hub config', () => {
  it(
    'prints all settings without secrets',
    async () => {
      const { code, output } = await runHub(['config'], {
        ...env,
        CAIRN_DATABASE_URL: 'postgres://u:hunter2@h/d',
      });
      expect([code, output.includes('CAIRN_PORT'), output.includes('hunter2')]).toEqual([0, true, false]);
    },
    CASE_MS,
  );
});
