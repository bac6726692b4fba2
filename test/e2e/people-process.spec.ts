import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, until } from '#libs/platform';
import { admin, type CliRun } from '#test/command-line';
import { killLeftovers, runHub, startProcess, type TestProcess } from '#test/processes';
import { Browser } from './people-browser.js';

const CLI = fileURLToPath(new URL('../../apps/cli/src/main.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'cairn-people-'));
let hub: TestProcess;
let env: Record<string, string>;

beforeAll(async () => {
  env = {
    CAIRN_DATA_DIR: join(directory, 'hub'),
    CAIRN_PORT: String(await freePort()),
    CAIRN_LOG_LEVEL: 'warn',
  };
  hub = await startProcess('hub', env);
}, 300_000);

afterAll(async () => {
  await hub?.kill('SIGINT');
  killLeftovers();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs `cairn` for a person; a login is done in a browser by the persona. */
async function cairn(
  person: string,
  args: readonly string[],
  { stdin = '', persona = '' } = {},
): Promise<CliRun> {
  const child = spawn(process.execPath, [CLI, '--home', join(directory, person), ...args], {
    env: { PATH: process.env['PATH'] ?? '' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(stdin);
  const closed = new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? 1)));
  if (persona !== '') {
    await until(() => /http:\S+/.test(stderr), 30_000);
    const [address] = /http:\S+/.exec(stderr)!;
    const start = address.slice(hub.url.length);
    const browser = new Browser(hub.url);
    const visit = await browser.go((await browser.choose(persona, { start })).url);
    expect(visit.text).toContain('go back to your terminal');
  }
  return { code: await closed, stdout, stderr };
}

const login = (persona: string): Promise<CliRun> => cairn(persona, ['login', '--hub', hub.url], { persona });

describe('the first staff of a hub', () => {
  let tokens: string[];

  it('are invited by whoever runs the machine', async () => {
    expect(await runHub(['admin', 'bootstrap', '--invite', 'approver'], env)).toMatchObject({
      code: 1,
      output: expect.stringContaining('staff must be two people at least'),
    });
    const output = await admin(env, 'bootstrap');
    tokens = [...output.matchAll(/^invitation for \w+: ([\w-]{43})$/gm)].map(([, token]) => token!);
    expect([tokens.length, output.match(/for (vetter|approver):/g)]).toEqual([
      3,
      ['for vetter:', 'for approver:', 'for approver:'],
    ]);
  });

  it('log in from their terminals, and accept', async () => {
    expect(await login('alice')).toMatchObject({
      code: 0,
      stdout: 'You are Alice Approver: no role of staff\n',
    });
    expect(statSync(join(directory, 'alice', 'session.json')).mode & 0o777).toBe(0o600);
    expect(await cairn('alice', ['accept'], { stdin: `${tokens[1]}\n` })).toMatchObject({
      code: 0,
      stdout: 'You are Alice Approver: approver\n',
    });
    const again = await cairn('alice', ['accept'], { stdin: tokens[2] });
    expect([again.code, again.stderr]).toEqual([3, expect.stringContaining('another person')]);
    await login('albert');
    expect(await cairn('albert', ['accept'], { stdin: tokens[2] })).toMatchObject({ code: 0 });
    const used = await cairn('albert', ['accept'], { stdin: tokens[1] });
    expect([used.code, used.stderr]).toEqual([3, expect.stringContaining('no open invitation')]);
  });

  it('are what the command is for: nothing about members can be done by it', async () => {
    const { output } = await runHub(['admin', '--help'], env);
    const commands = [...output.matchAll(/^ {2}([a-z-]+)(?: .*)?$/gm)].map(([, name]) => name);
    expect(commands).toEqual(['bootstrap', 'channel', 'policy', 'help']);
  });

  it('are made once', async () => {
    for (const words of [[], ['--give', 'approver=noah', '--give', 'vetter=vera']]) {
      expect(await runHub(['admin', 'bootstrap', ...words], env)).toMatchObject({
        code: 1,
        output: expect.stringContaining('staff exist already'),
      });
    }
  });

  it('are told who they are, until they log out', async () => {
    const { stdout } = await cairn('alice', ['whoami', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      person: { name: 'Alice Approver', roles: ['approver'], administers: null },
    });
    expect(await cairn('alice', ['logout'])).toMatchObject({ code: 0, stdout: 'You are logged out.\n' });
    expect(await cairn('alice', ['logout'])).toMatchObject({ code: 0, stdout: 'You were not logged in.\n' });
    expect((await cairn('alice', ['whoami'])).code).toBe(6);
  });

  it('write no session and no invitation to the log', () => {
    for (const token of tokens) expect(hub.output()).not.toContain(token);
  });
});

describe('a hub in production', () => {
  it('does not start without an identity provider', async () => {
    const { code, output } = await runHub(['start'], {
      ...env,
      CAIRN_DATA_DIR: join(directory, 'production'),
      CAIRN_PORT: String(await freePort()),
      NODE_ENV: 'production',
    });
    expect([code, output]).toEqual([
      78,
      expect.stringContaining('CAIRN_OIDC_ISSUER must be set when NODE_ENV is production'),
    ]);
  });
});
