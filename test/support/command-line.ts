import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withHubDatabase } from '#apps/hub/src/admin/admin-database';
import { untilApplied } from '#apps/hub/src/admin/administer';
import { loadConfig, type Database } from '#libs/platform';
import { KEY_PURPOSES, type KeyPurpose } from '#libs/protocol';
import { must, WAIVED } from './hub.js';
import { ChannelShortcuts, MemberShortcuts } from './membership-shortcuts.js';
import { runHub } from './processes.js';

/** What a run of `cairn` gave. */
export interface CliRun {
  code: number;
  stdout: string;
  stderr: string;
}

const ACTOR = 'system:test';
const CLI = fileURLToPath(new URL('../../apps/cli/src/main.js', import.meta.url));

/** Runs `cairn` for a member whose configuration is in `home`. */
export async function runCairn(home: string, args: readonly string[]): Promise<CliRun> {
  const child = spawn(process.execPath, [CLI, '--home', home, ...args], {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
  return { code, stdout, stderr };
}

/** Does an act of the operator, which must succeed; @returns what it printed. */
export async function admin(env: Record<string, string>, ...words: string[]): Promise<string> {
  const { code, output } = await runHub(['admin', ...words], env);
  if (code !== 0) throw new Error(`cairn-hub admin ${words.join(' ')}: ${output}`);
  return output;
}

/**
 * Lets a member into a running hub without application and ceremony: keys, rights on a channel, policy file, `cairn init`.
 *
 * @returns the home directory of the member.
 */
export async function joinHub(
  env: Record<string, string>,
  directory: string,
  member: string,
  channel: string,
): Promise<string> {
  const home = join(directory, member);
  mkdirSync(home, { recursive: true });
  const keys: [KeyPurpose, unknown][] = [];
  for (const purpose of KEY_PURPOSES) {
    const { stdout } = await runCairn(home, ['keys', 'new', '--purpose', purpose]);
    keys.push([purpose, JSON.parse(/\{[^{}]*"kty"[^{}]*\}/.exec(stdout)![0])]);
  }
  await onHub(env, async (database) => {
    const members = new MemberShortcuts(database);
    const facts = { member, name: member, kind: 'platform', group: member, accredited: false } as const;
    must(await members.admit(ACTOR, facts));
    for (const [purpose, jwk] of keys) must(await members.addKey(ACTOR, member, purpose, jwk));
    const right = { submit: true, receive: true };
    must(await new ChannelShortcuts(database).setRight(ACTOR, member, channel, right, WAIVED));
  });
  const policy = join(home, 'policy');
  writeFileSync(policy, await admin(env, 'policy', '--member', member));
  const { code, stderr } = await runCairn(home, ['init', '--policy', policy, '--member', member]);
  if (code !== 0) throw new Error(`cairn init: ${stderr}`);
  return home;
}

/** Does something in the database of a running hub, and waits until what it asked for is in force. */
export async function onHub<T>(
  env: Record<string, string>,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  return withHubDatabase(loadConfig(env), async (database) => {
    const done = await work(database);
    if (!(await untilApplied(database))) throw new Error('what was asked for was not logged in time');
    return done;
  });
}
