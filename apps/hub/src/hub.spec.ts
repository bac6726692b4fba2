import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, isAlive, readServerProcess, stopServer, until, withClient } from '#libs/platform';
import { createEmptyDatabase } from '#test/postgres';
import { childrenOf, killLeftovers, runHub, startProcess, type TestProcess } from '#test/processes';

let dataDir: string;
let env: Record<string, string>;
const seen: number[] = [];

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'cairn-hub-'));
  env = { CAIRN_DATA_DIR: dataDir, CAIRN_PORT: String(await freePort()) };
});

afterEach(async () => {
  killLeftovers();
  // Children of a killed supervisor, should they have failed to go away by themselves.
  for (const pid of seen.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  const server = readServerProcess(join(dataDir, 'postgres', 'data'));
  if (server !== undefined && isAlive(server.pid)) await stopServer(server.pid);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

interface Parts {
  readonly api: number;
  readonly worker: number;
  readonly postgres: number;
}

/** The processes of a hub. */
function partsOf(hub: TestProcess): Parts {
  const children = childrenOf(hub.pid);
  const find = (part: string): number => children.find(({ command }) => command.includes(part))?.pid ?? 0;
  const parts = { api: find('apps/api/'), worker: find('apps/worker/'), postgres: find('/bin/postgres') };
  seen.push(...[parts.api, parts.worker].filter((part) => part !== 0));
  return parts;
}

const isReady = async (hub: TestProcess): Promise<boolean> =>
  fetch(`${hub.url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

describe('cairn-hub start', () => {
  it('brings up a hub that answers, guards it, and stops it in order', async () => {
    const hub = await startProcess('hub', env);
    const parts = partsOf(hub);
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

    const second = await runHub(['start'], env);
    expect(second.code).toBe(1);
    expect(second.output).toContain(`another hub runs on ${dataDir} (process ${hub.pid})`);
    const doctor = await runHub(['doctor'], env);
    expect(doctor).toMatchObject({ code: 0, output: expect.stringContaining('schema up to date') });

    expect(await hub.kill('SIGINT')).toEqual({ code: 0, signal: null });
    expect(Object.values(parts).filter(isAlive)).toEqual([]);
    expect(existsSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'))).toBe(false);
    expect(existsSync(join(dataDir, 'hub.lock'))).toBe(false);
    expect(readFileSync(join(dataDir, 'postgres', 'server.log'), 'utf8')).not.toContain(
      'password authentication failed',
    );
  });

  it('heals when any of its processes is killed', async () => {
    const hub = await startProcess('hub', env);
    for (const part of ['api', 'worker', 'postgres', 'postgres'] as const) {
      const before = partsOf(hub)[part];
      process.kill(before, 'SIGKILL');
      const healed = await until(async () => {
        const now = partsOf(hub)[part];
        return now !== 0 && now !== before && (await isReady(hub));
      }, 30_000);
      expect([part, healed]).toEqual([part, true]);
    }
    expect(await hub.kill()).toEqual({ code: 0, signal: null });
  });

  it('starts again after its supervisor was killed, whose processes go away by themselves', async () => {
    const first = await startProcess('hub', env);
    const parts = partsOf(first);
    await first.kill('SIGKILL');
    const second = await startProcess('hub', env);
    expect([parts.api, parts.postgres].filter(isAlive)).toEqual([]);
    expect(await until(() => !isAlive(parts.worker), 15_000)).toBe(true);
    expect(await isReady(second)).toBe(true);
    await second.kill();
  });

  it('starts again after everything was killed', async () => {
    const first = await startProcess('hub', env);
    const parts = partsOf(first);
    process.kill(first.pid, 'SIGKILL');
    for (const part of Object.values(parts)) process.kill(part, 'SIGKILL');
    const second = await startProcess('hub', env);
    expect(await isReady(second)).toBe(true);
    await second.kill();
  });

  it('uses the database it is given, with its own roles', async () => {
    const database = await createEmptyDatabase();
    const given = {
      ...env,
      CAIRN_DATABASE_URL: database.adminUrl,
      CAIRN_DATABASE_ROLES_FILE: database.rolesFile,
    };
    const hub = await startProcess('hub', given);
    expect(partsOf(hub).postgres).toBe(0);
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
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
  });

  it('says what is wrong and leaves nothing running', async () => {
    const other: Server = createServer().listen(Number(env['CAIRN_PORT']), '127.0.0.1');
    const busy = await runHub(['start'], env);
    expect(busy).toMatchObject({
      code: 78,
      output: expect.stringContaining('in use: set CAIRN_PORT to another'),
    });
    other.close();
    const unknown = await runHub(['start'], { ...env, CAIRN_PROT: '1' });
    expect(unknown).toMatchObject({ code: 78, output: expect.stringContaining('the nearest is CAIRN_PORT') });
    const unreachable = await runHub(['start'], {
      ...env,
      CAIRN_DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/d',
    });
    expect(unreachable).toMatchObject({
      code: 1,
      output: expect.stringContaining('127.0.0.1:1/d cannot be reached'),
    });
    expect(unreachable.output).not.toContain('hunter2');
    expect(existsSync(join(dataDir, 'hub.lock'))).toBe(false);
  });
});

describe('cairn-hub config', () => {
  it('prints all settings without secrets', async () => {
    const { code, output } = await runHub(['config'], {
      ...env,
      CAIRN_DATABASE_URL: 'postgres://u:hunter2@h/d',
    });
    expect([code, output.includes('CAIRN_PORT'), output.includes('hunter2')]).toEqual([0, true, false]);
  });
});

describe('cairn-hub migrate and doctor', () => {
  it('work without a running hub', async () => {
    expect(await runHub(['doctor'], env)).toMatchObject({
      code: 0,
      output: expect.stringContaining('not running'),
    });
    expect(await runHub(['migrate'], env)).toMatchObject({
      code: 0,
      output: expect.stringContaining('up to date'),
    });
    const server = readServerProcess(join(dataDir, 'postgres', 'data'));
    expect(server).toBeUndefined();
  });
});
