import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '#apps/cli/src/run-cli';
import type { TestHub } from './api-hub.js';
import { Browser } from './people-browser.js';

/** A home directory below `directory` with a session as `cairn login` gets one. */
export async function terminalHome(hub: TestHub, directory: string, persona: string): Promise<string> {
  const home = mkdtempSync(join(directory, `${persona}-`));
  const stored = { version: 'cairn-session/1', url: hub.url, session: await terminalSession(hub, persona) };
  writeFileSync(join(home, 'session.json'), JSON.stringify(stored), { mode: 0o600 });
  return home;
}

async function terminalSession(hub: TestHub, persona: string): Promise<string> {
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

/** Runs `cairn --json`; `stdin` is what it reads. */
export async function cairn(home: string, args: readonly string[], stdin = '') {
  let [out, err] = ['', ''];
  const io = {
    stdin: (async function* () {
      yield Buffer.from(stdin);
    })(),
    writeOut: async (text: string) => void (out += text),
    writeError: (text: string) => void (err += text),
    interactive: false,
  };
  const code = await runCli(['--home', home, '--json', ...args], { io });
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  return { code, err, json: (out === '' ? null : JSON.parse(out)) as any };
}
