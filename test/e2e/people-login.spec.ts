import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningProcess } from '#libs/platform';
import { TestHub } from './api-hub.js';
import { Browser } from './people-browser.js';
import { startAnother } from './people-hub.js';

const VIEWER = '{ viewer { name email roles administers } }';
const SESSION = 'cairn';
const LOGIN = 'cairn-login';

let hub: TestHub;
let second: RunningProcess;
beforeAll(async () => {
  hub = await TestHub.start();
  second = await startAnother(hub);
});
afterAll(async () => {
  await second.close();
  await hub.close();
});

const code = ({
  status,
  body,
}: {
  status: number;
  body: { errors?: { extensions: { code: string } }[] };
}) => [status, body.errors?.[0]?.extensions.code];

async function loggedIn(persona: string): Promise<Browser> {
  const browser = new Browser(hub.url);
  const visit = await browser.login(persona);
  expect([visit.status, visit.url]).toEqual([200, `${hub.url}/login/done`]);
  return browser;
}

/** Makes every session of a person older. */
async function age(subject: string, set: string): Promise<void> {
  await hub.database.admin.transaction('age', 'system:test', (tx) =>
    tx.execute(
      `UPDATE cairn.session SET ${set} WHERE person_id = (SELECT id FROM cairn.person WHERE subject = $1)`,
      [subject],
    ),
  );
}

describe('a login in a browser', () => {
  it('gives a session that says who calls', async () => {
    const browser = await loggedIn('noah');
    expect((await browser.graphql(VIEWER)).body.data).toEqual({
      viewer: { name: 'Noah Nobody', email: 'noah@demo.example', roles: [], administers: null },
    });
    expect(browser.cookies.has(LOGIN)).toBe(false);
  });

  it('asks the provider with code, PKCE S256, state and nonce', async () => {
    const { headers } = await new Browser(hub.url).send(`${hub.url}/login`);
    const { searchParams } = new URL(headers.get('location')!);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      redirect_uri: `${hub.url}/login/callback`,
    });
    expect(headers.getSetCookie()[0]).toMatch(
      /^cairn-login=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('stores no identifier of a session, nor any secret of a login', async () => {
    const browser = await loggedIn('noah');
    await browser.send(`${hub.url}/login`);
    const rows = await hub.database.admin.read('stored', 'system:test', (tx) =>
      tx.query<{ text: string }>(
        `SELECT s::text AS text FROM cairn.session s UNION ALL SELECT l::text FROM cairn.login_attempt l`,
      ),
    );
    const stored = rows.map(({ text }) => text).join();
    for (const secret of [browser.cookies.get(SESSION)!, browser.cookies.get(LOGIN)!]) {
      expect(stored).not.toContain(secret);
      expect(stored).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
    }
    expect(hub.log.join('')).not.toContain(browser.cookies.get(SESSION)!);
  });

  it('gives a new identifier each time, and ends the old session', async () => {
    const browser = await loggedIn('noah');
    const before = browser.at(hub.url);
    await browser.login('noah');
    expect(browser.cookies.get(SESSION)).not.toBe(before.cookies.get(SESSION));
    expect(code(await before.graphql(VIEWER))).toEqual([401, 'UNAUTHENTICATED']);
    expect((await browser.graphql(VIEWER)).status).toBe(200);
  });

  it('takes no identifier that the browser brings along', async () => {
    const browser = new Browser(hub.url);
    browser.cookies.set(SESSION, 'A'.repeat(43));
    await browser.login('noah');
    expect(browser.cookies.get(SESSION)).not.toBe('A'.repeat(43));
  });
});

describe('a login that is tampered with', () => {
  async function expectRefused(browser: Browser, url: string): Promise<void> {
    const visit = await browser.send(url);
    expect([visit.status, visit.headers.get('location')]).toEqual([400, null]);
    expect(browser.cookies.has(SESSION)).toBe(false);
  }

  it('is refused with another state', async () => {
    const browser = new Browser(hub.url);
    const { url } = await browser.choose('vera');
    await expectRefused(browser, url.replace(/state=[^&]+/, `state=${'A'.repeat(43)}`));
  });

  it('is refused without a state', async () => {
    const browser = new Browser(hub.url);
    const { url } = await browser.choose('vera');
    await expectRefused(browser, url.replace(/&?state=[^&]+/, ''));
  });

  it('is refused when the provider was given another nonce', async () => {
    const browser = new Browser(hub.url);
    const change = (url: string): string => url.replace(/nonce=[^&]+/, `nonce=${'A'.repeat(43)}`);
    await expectRefused(browser, (await browser.choose('vera', { change })).url);
  });

  it('is refused when the provider was given another PKCE challenge', async () => {
    const browser = new Browser(hub.url);
    const change = (url: string): string =>
      url.replace(/code_challenge=[^&]+/, `code_challenge=${'A'.repeat(43)}`);
    await expectRefused(browser, (await browser.choose('vera', { change })).url);
  });

  it('is refused from another issuer (RFC 9207)', async () => {
    const browser = new Browser(hub.url);
    const { url } = await browser.choose('vera');
    expect(url).toContain('iss=');
    await expectRefused(browser, url.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example'));
  });

  it('is refused the second time', async () => {
    const browser = new Browser(hub.url);
    const { url } = await browser.choose('vera');
    const again = browser.at(hub.url);
    expect((await browser.send(url)).status).toBe(303);
    await expectRefused(again, url);
  });

  it('is finished once when it comes back at two processes at the same time', async () => {
    const browser = new Browser(hub.url);
    const { url } = await browser.choose('vera');
    const visits = await Promise.all([browser.at(hub.url).send(url), browser.at(second.url).send(url)]);
    // The code itself is known to the first process alone; the login is spent by whichever comes first.
    expect(visits.filter(({ status }) => status === 303).length).toBeLessThanOrEqual(1);
    await expectRefused(browser.at(hub.url), url);
  });

  it('is refused with the code of another login, replayed in a new one', async () => {
    const browser = new Browser(hub.url);
    const used = await browser.choose('vera');
    await browser.send(used.url);
    const other = new Browser(hub.url);
    const begun = new URL((await other.send(`${hub.url}/login`)).headers.get('location')!);
    const state = begun.searchParams.get('state')!;
    await expectRefused(other, used.url.replace(/state=[^&]+/, `state=${state}`));
  });

  it('is refused in a browser that did not begin it', async () => {
    const { url } = await new Browser(hub.url).choose('vera');
    await expectRefused(new Browser(hub.url), url);
    const other = new Browser(hub.url);
    await other.send(`${hub.url}/login`);
    await expectRefused(other, url);
  });

  it('is refused when it took too long', async () => {
    const browser = new Browser(hub.url);
    const { url } = await browser.choose('vera');
    await hub.database.admin.transaction('age', 'system:test', (tx) =>
      tx.execute(`UPDATE cairn.login_attempt SET expires_at = now() - interval '1 second'`),
    );
    await expectRefused(browser, url);
  });

  it('tells nothing of codes or secrets to the log', async () => {
    const browser = new Browser(hub.url);
    const { url } = await browser.choose('vera');
    const from = hub.log.length;
    await browser.send(url.replace(/state=[^&]+/, 'state=x'));
    const lines = hub.log.slice(from).join('');
    expect(lines).toContain('a login was refused');
    expect(lines).not.toContain(new URL(url).searchParams.get('code')!);
  });
});

describe('where a login leads', () => {
  it.each(['/staff', '/applications?open=1#top'])('is the path that was asked for: %s', async (path) => {
    const browser = new Browser(hub.url);
    const { url } = await browser.choose('noah', { start: `/login?return=${encodeURIComponent(path)}` });
    expect((await browser.send(url)).headers.get('location')).toBe(path);
  });

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example',
    '/\t/evil.example',
    '/..//evil.example/',
    '/.//evil.example',
    'javascript:alert(1)',
    'evil.example',
    '/ok\r\nlocation: https://evil.example',
    '/@evil.example:\\',
    `/${'a'.repeat(600)}`,
  ])('is never another host: %j', async (path) => {
    const browser = new Browser(hub.url);
    const { url } = await browser.choose('noah', { start: `/login?return=${encodeURIComponent(path)}` });
    expect((await browser.send(url)).headers.get('location')).toBe('/login/done');
  });

  it('is passed over when given twice', async () => {
    const browser = new Browser(hub.url);
    const { url } = await browser.choose('noah', { start: '/login?return=/a&return=//evil.example' });
    expect((await browser.send(url)).headers.get('location')).toBe('/login/done');
  });
});

describe('a session', () => {
  it('ends after fifteen minutes without a request', async () => {
    const browser = await loggedIn('otto');
    await age('otto', `used_at = now() - interval '14 minutes'`);
    expect((await browser.graphql(VIEWER)).status).toBe(200);
    // The request before counts as use.
    await age('otto', `used_at = used_at - interval '14 minutes'`);
    expect((await browser.graphql(VIEWER)).status).toBe(200);
    await age('otto', `used_at = now() - interval '15 minutes 1 second'`);
    expect(code(await browser.graphql(VIEWER))).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('ends twelve hours after the login however much it is used', async () => {
    const browser = await loggedIn('otto');
    const shift = (by: string): string =>
      `created_at = created_at - interval '${by}', ends_at = ends_at - interval '${by}'`;
    await age('otto', shift('11 hours 59 minutes'));
    expect((await browser.graphql(VIEWER)).status).toBe(200);
    await age('otto', shift('2 minutes'));
    expect(code(await browser.graphql(VIEWER))).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('cannot be made longer than twelve hours, in the database neither', async () => {
    await loggedIn('otto');
    await expect(age('otto', `ends_at = created_at + interval '13 hours'`)).rejects.toThrow(
      'session_life_ck',
    );
  });

  it('ends with the logout, on every process', async () => {
    const browser = await loggedIn('otto');
    const elsewhere = browser.at(second.url);
    expect((await elsewhere.graphql(VIEWER)).status).toBe(200);
    const foreign = await browser.send(`${hub.url}/logout`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    });
    expect([foreign.status, (await elsewhere.graphql(VIEWER)).status]).toEqual([403, 200]);
    const { status } = await browser.send(`${hub.url}/logout`, {
      method: 'POST',
      headers: { origin: hub.url },
    });
    expect([status, browser.cookies.get(SESSION)]).toEqual([204, undefined]);
    expect(code(await elsewhere.graphql(VIEWER))).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('of a browser is no session of a terminal', async () => {
    const browser = await loggedIn('otto');
    const session = browser.cookies.get(SESSION)!;
    const answer = await new Browser(hub.url).graphql(VIEWER, {}, { authorization: `Session ${session}` });
    expect(code(answer)).toEqual([401, 'UNAUTHENTICATED']);
  });

  it.each(['', 'x', 'A'.repeat(43), `${'A'.repeat(42)}B`])('is not %j', async (session) => {
    const browser = new Browser(hub.url);
    browser.cookies.set(SESSION, session);
    expect(code(await browser.graphql(VIEWER))).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('is not asked of people without roles what is for others', async () => {
    const browser = await loggedIn('noah');
    for (const query of [
      '{ staff { id } }',
      '{ me { member } }',
      '{ feeds(first: 1) { edges { cursor } } }',
    ]) {
      expect(code(await browser.graphql(query))).toEqual([403, 'FORBIDDEN']);
    }
  });
});

describe('a page of another site', () => {
  const simple: [string, Record<string, string>][] = [
    ['a form', { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example' }],
    ['a file', { 'content-type': 'multipart/form-data; boundary=x', origin: 'https://evil.example' }],
    ['plain text', { 'content-type': 'text/plain', origin: 'https://evil.example' }],
    ['JSON', { 'content-type': 'application/json', origin: 'https://evil.example' }],
    ['JSON from a page without origin', { 'content-type': 'application/json', origin: 'null' }],
    ['JSON without an origin', { 'content-type': 'application/json' }],
    ['JSON from another port', { 'content-type': 'application/json', origin: 'http://127.0.0.1:1' }],
  ];
  it.each(simple)('cannot send %s with the cookie', async (_name, headers) => {
    const browser = await loggedIn('noah');
    expect(code(await browser.graphql(VIEWER, {}, headers))).toEqual([403, 'FORBIDDEN']);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json-patch+json'])(
    'could not even from the own origin as %s',
    async (type) => {
      const browser = await loggedIn('noah');
      const answer = await browser.graphql(VIEWER, {}, { 'content-type': type, origin: hub.url });
      expect(code(answer)).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    },
  );

  it('cannot ask by GET', async () => {
    const browser = await loggedIn('noah');
    const { status } = await browser.send(`${hub.url}/graphql?query=${encodeURIComponent(VIEWER)}`, {
      headers: { origin: hub.url },
    });
    expect(status).toBe(405);
  });

  it('cannot show pages of a login in a frame', async () => {
    const { headers } = await new Browser(hub.url).send(`${hub.url}/login/done`);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});
