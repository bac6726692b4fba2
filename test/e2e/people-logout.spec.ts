import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, type RunningProcess } from '#libs/platform';
import { TestHub } from './api-hub.js';
import { Browser, type Visit } from './people-browser.js';
import { giveRoles, startAnother } from './people-hub.js';

const VIEWER = '{ viewer { name roles } }';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
  await giveRoles(hub, [
    ['alice', 'approver'],
    ['vera', 'vetter'],
  ]);
});
afterAll(() => hub.close());

async function loggedIn(persona: string, at = hub.url): Promise<Browser> {
  const browser = new Browser(at);
  expect((await browser.login(persona)).status).toBe(200);
  return browser;
}
const status = async (browser: Browser): Promise<number> => (await browser.graphql(VIEWER)).status;

/** Presses the button of the provider that ends the session there. */
async function confirmLogout(browser: Browser, page: Visit): Promise<Visit> {
  const [, action] = /action="([^"]+)"/.exec(page.text)!;
  const [, xsrf] = /name="xsrf" value="([^"]+)"/.exec(page.text)!;
  const body = new URLSearchParams({ xsrf: xsrf!, logout: 'yes' });
  return browser.go(new URL(action!, page.url).href, undefined, { method: 'POST', headers: FORM, body });
}

const sessionsOf = (subject: string) =>
  hub.database.admin.read('sessions', 'system:test', (tx) =>
    tx.query<{ sid: string | null; acr: string | null }>(
      `SELECT sid, acr FROM cairn.session s JOIN cairn.person p ON p.id = s.person_id WHERE p.subject = $1 ORDER BY s.created_at`,
      [subject],
    ),
  );

describe('a logout at the identity provider', () => {
  it('ends the sessions that came of the one there, at once, and no others', async () => {
    const browser = await loggedIn('noah');
    const session = browser.at(hub.url);
    const elsewhere = await loggedIn('noah');
    const other = await loggedIn('vera');
    const [first, second] = await sessionsOf('noah');
    expect(first!.sid).toEqual(expect.any(String));
    expect(second!.sid).not.toBe(first!.sid);

    const page = await browser.go(`${hub.url}/demo-identity/session/end`);
    const { status: answer } = await confirmLogout(browser, page);
    expect(answer).toBe(200);
    expect([await status(session), await status(elsewhere), await status(other)]).toEqual([401, 200, 200]);
    expect((await sessionsOf('noah')).map(({ sid }) => sid)).toEqual([second!.sid]);
  });
});

describe('a logout at the hub', () => {
  it('by a form goes on to the provider, and back', async () => {
    const browser = await loggedIn('noah');
    const init = { method: 'POST', headers: { ...FORM, origin: hub.url } };
    const page = await browser.go(`${hub.url}/logout`, undefined, init);
    expect(new URL(page.url).pathname).toBe('/demo-identity/session/end');
    expect(await status(browser)).toBe(401);
    const done = await confirmLogout(browser, page);
    expect([done.status, new URL(done.url).pathname]).toEqual([200, '/logout/done']);
  });

  it('by a form of another site is refused', async () => {
    const browser = await loggedIn('noah');
    const init = { method: 'POST', headers: { ...FORM, origin: 'https://evil.example' } };
    expect((await browser.send(`${hub.url}/logout`, init)).status).toBe(403);
    expect(await status(browser)).toBe(200);
  });
});

describe('the back channel', () => {
  const tell = (body: string, type = FORM['content-type']) =>
    fetch(`${hub.url}/login/backchannel`, { method: 'POST', headers: { 'content-type': type }, body });

  it('takes nothing but one logout token of the provider', async () => {
    const browser = await loggedIn('noah');
    for (const body of ['', 'logout_token=x', 'logout_token=x&logout_token=y', 'logout_token=a.b.c']) {
      const answer = await tell(body);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([400, 'no-store']);
      expect(await answer.json()).toEqual({ error: 'invalid_request' });
    }
    expect((await tell('{"logout_token":"x"}', 'application/json')).status).toBe(400);
    expect((await tell(`logout_token=${'x'.repeat(30_000)}`)).status).toBe(413);
    expect(await status(browser)).toBe(200);
  });
});

describe('a hub whose staff need a certain login', () => {
  const STRONG = 'urn:example:strong';
  let strict: RunningProcess;
  let satisfied: RunningProcess;
  beforeAll(async () => {
    strict = await startOwn([STRONG]);
    satisfied = await startOwn([STRONG, 'urn:cairn:demo']);
  });
  afterAll(() => Promise.all([strict.close(), satisfied.close()]));

  /** Of a public URL of its own, so with people of its own. */
  async function startOwn(oidcAcr: string[]): Promise<RunningProcess> {
    const port = await freePort();
    return startAnother(hub, { port, publicUrl: `http://127.0.0.1:${port}`, oidcAcr });
  }

  async function makeStaff(subject: string, at: RunningProcess): Promise<void> {
    await hub.database.admin.transaction('become-staff', 'system:test', (tx) =>
      tx.execute(
        `INSERT INTO cairn.role_change (person_id, role, ordinal, given, reason, by_person)
          SELECT id, 'auditor', 1, true, 'test', (SELECT min(id) FROM cairn.person)
            FROM cairn.person WHERE subject = $1 AND issuer = $2`,
        [subject, `${at.url}/demo-identity`],
      ),
    );
  }

  it('asks the provider for it', async () => {
    const { headers } = await new Browser(strict.url).send(`${strict.url}/login`);
    expect(new URL(headers.get('location')!).searchParams.get('acr_values')).toBe(STRONG);
  });

  it('refuses staff that logged in in another way, and nobody else; a session from before is none', async () => {
    const browser = await loggedIn('ada', strict.url);
    expect(await status(browser)).toBe(200);
    await makeStaff('ada', strict);
    expect(await status(browser)).toBe(401);
    const again = new Browser(strict.url);
    const refused = await again.login('ada');
    expect([refused.status, again.cookies.has('cairn')]).toEqual([403, false]);
    expect(refused.text).toContain('stronger login');
    expect(await status(await loggedIn('noah', strict.url))).toBe(200);
  });

  it('takes staff that logged in that way, where it is enough', async () => {
    const browser = await loggedIn('vera', satisfied.url);
    await makeStaff('vera', satisfied);
    expect((await browser.graphql(VIEWER)).body.data).toEqual({
      viewer: { name: 'Vera Vetter', roles: ['AUDITOR'] },
    });
    const elsewhere = new Browser(strict.url);
    elsewhere.cookies.set('cairn', browser.cookies.get('cairn')!);
    expect(await status(elsewhere)).toBe(401);
  });
});
