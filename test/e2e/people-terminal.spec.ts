import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestHub } from './api-hub.js';
import { Browser } from './people-browser.js';
import { giveRoles } from './people-hub.js';

const VIEWER = '{ viewer { name roles } }';
const PORT = 45_678;

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
  await giveRoles(hub, [
    ['alice', 'approver'],
    ['albert', 'approver'],
  ]);
});
afterAll(() => hub.close());

const newVerifier = (): string => randomBytes(32).toString('base64url');
const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');
const start = (verifier: string, port: number | string = PORT): string =>
  `/login?terminal=${port}&challenge=${challengeOf(verifier)}`;

/** The code that the browser carries to the terminal. */
async function codeFor(verifier: string, persona = 'alice'): Promise<string> {
  const browser = new Browser(hub.url);
  const { url } = await browser.choose(persona, { start: start(verifier) });
  const { headers } = await browser.send(url);
  const target = new URL(headers.get('location')!);
  expect([target.origin, target.pathname]).toEqual([`http://127.0.0.1:${PORT}`, '/callback']);
  // The browser itself is not logged in by this.
  expect(browser.cookies.has('cairn')).toBe(false);
  return target.searchParams.get('code')!;
}

async function exchange(body: unknown): Promise<{ status: number; session?: string }> {
  const response = await fetch(`${hub.url}/login/terminal`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const json = (await response.json().catch(() => ({}))) as { session?: string };
  return { status: response.status, ...json };
}

async function ask(session: string): Promise<number> {
  return (await new Browser(hub.url).graphql(VIEWER, {}, { authorization: `Session ${session}` })).status;
}

describe('a login from a terminal', () => {
  it('gives the terminal a session of its own, without any cookie', async () => {
    const verifier = newVerifier();
    const { status, session } = await exchange({ code: await codeFor(verifier), verifier });
    expect(status).toBe(200);
    const { body } = await new Browser(hub.url).graphql(VIEWER, {}, { authorization: `Session ${session}` });
    expect(body.data).toEqual({ viewer: { name: 'Alice Approver', roles: ['APPROVER'] } });
  });

  it('ends with the logout', async () => {
    const verifier = newVerifier();
    const { session } = await exchange({ code: await codeFor(verifier), verifier });
    const headers = { authorization: `Session ${session}` };
    expect((await fetch(`${hub.url}/logout`, { method: 'POST', headers })).status).toBe(204);
    expect(await ask(session!)).toBe(401);
  });

  it('is worth nothing as a cookie', async () => {
    const verifier = newVerifier();
    const { session } = await exchange({ code: await codeFor(verifier), verifier });
    const browser = new Browser(hub.url);
    browser.cookies.set('cairn', session!);
    expect((await browser.graphql(VIEWER)).status).toBe(401);
  });

  it('is refused with another verifier, and then with the right one too', async () => {
    const verifier = newVerifier();
    const code = await codeFor(verifier);
    expect(await exchange({ code, verifier: newVerifier() })).toMatchObject({
      status: 400,
      error: 'invalid_grant',
    });
    expect(await exchange({ code, verifier })).toMatchObject({ status: 400 });
  });

  it('is exchanged once, also at the same time', async () => {
    const verifier = newVerifier();
    const code = await codeFor(verifier);
    const results = await Promise.all([1, 2, 3, 4].map(() => exchange({ code, verifier })));
    expect(results.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
  });

  it('is refused after a minute', async () => {
    const verifier = newVerifier();
    const code = await codeFor(verifier);
    await hub.database.admin.transaction('age', 'system:test', (tx) =>
      tx.execute(`UPDATE cairn.terminal_code SET expires_at = now() - interval '1 second'`),
    );
    expect(await exchange({ code, verifier })).toMatchObject({ status: 400 });
  });

  it.each([{}, { code: 1, verifier: 2 }, { code: 'A'.repeat(43), verifier: 'A'.repeat(43) }, [], null, 'x'])(
    'is refused with %j',
    async (body) => expect(await exchange(body)).toMatchObject({ status: 400 }),
  );

  it('is refused to somebody who was disabled in between', async () => {
    const verifier = newVerifier();
    const code = await codeFor(verifier, 'noah');
    await hub.database.admin.transaction('disable', 'system:test', (tx) =>
      tx.execute(`UPDATE cairn.person SET disabled = true WHERE subject = 'noah'`),
    );
    expect(await exchange({ code, verifier })).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

  it.each(['80', '1023', '65536', '4567@evil.example', '45678/', '', 'x', '045678'])(
    'goes to no port but an own one of this machine: %j',
    async (port) => {
      const { status, headers } = await new Browser(hub.url).send(`${hub.url}${start(newVerifier(), port)}`);
      expect([status, headers.get('location')]).toEqual([400, null]);
    },
  );

  it.each(['terminal=45678', `challenge=${'A'.repeat(43)}`, 'terminal=45678&challenge=short'])(
    'needs both port and challenge: %s',
    async (query) => expect((await new Browser(hub.url).send(`${hub.url}/login?${query}`)).status).toBe(400),
  );
});
