import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runHub } from './processes.js';

/** What a run of `cairn` gave. */
export interface CliRun {
  code: number;
  stdout: string;
  stderr: string;
}

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
 * Admits a member to a running hub, as the README tells it: keys, rights on a channel, policy file, `cairn init`.
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
  await admin(env, 'member', 'add', member, '--kind', 'platform');
  for (const purpose of ['auth', 'signing']) {
    const { stdout } = await runCairn(home, ['keys', 'new', '--purpose', purpose]);
    const jwk = join(home, `${purpose}.public.jwk`);
    writeFileSync(jwk, /\{[^{}]*"kty"[^{}]*\}/.exec(stdout)![0]);
    await admin(env, 'key', 'add', member, '--purpose', purpose, '--jwk', jwk);
  }
  await admin(env, 'right', member, channel, '--submit', '--receive', '--without-conformance');
  const policy = join(home, 'policy');
  writeFileSync(policy, await admin(env, 'policy', '--member', member));
  const { code, stderr } = await runCairn(home, ['init', '--policy', policy, '--member', member]);
  if (code !== 0) throw new Error(`cairn init: ${stderr}`);
  return home;
}
