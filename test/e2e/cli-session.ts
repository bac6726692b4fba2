import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpOptions } from '#libs/client';
import { runCli } from '#apps/cli/src/run-cli';
import type { TestHub } from './api-hub.js';
import { Browser } from './people-browser.js';

/** A session as `cairn login` gets one. */
export async function terminalSession(hub: Pick<TestHub, 'url'>, persona: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const browser = new Browser(hub.url);
  const start = `/login?terminal=45678&challenge=${challenge}`;
  const { headers } = await browser.send((await browser.choose(persona, { start })).url);
  const code = new URL(headers.get('location')!).searchParams.get('code');
  const answer = await fetch(`${hub.url}/login/terminal`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, verifier }),
  });
  return ((await answer.json()) as { session: string }).session;
}

/** Keeps a session of a persona in a home directory, which it makes; @returns the directory */
export async function loggedIn(hub: Pick<TestHub, 'url'>, home: string, persona: string): Promise<string> {
  const session = await terminalSession(hub, persona);
  const stored = { version: 'cairn-session/1', url: hub.url, session };
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writeFileSync(join(home, 'session.json'), JSON.stringify(stored), { mode: 0o600 });
  return home;
}

/** Runs `cairn` in this process, with `--json` unless `plain`; @returns its exit code, its output or result, and its standard error */
export async function cairnIn(
  home: string,
  args: readonly string[],
  { http, stdin = '', plain = false }: { http?: HttpOptions; stdin?: string; plain?: boolean } = {},
) {
  let [out, err] = ['', ''];
  const io = {
    stdin: (async function* () {
      yield Buffer.from(stdin);
    })(),
    writeOut: async (text: string) => void (out += text),
    writeError: (text: string) => void (err += text),
    interactive: false,
  };
  const context = http === undefined ? { io } : { io, http };
  const code = await runCli(['--home', home, ...(plain ? [] : ['--json']), ...args], context);
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  return { code, err, out, json: (out === '' || plain ? null : JSON.parse(out)) as any };
}
