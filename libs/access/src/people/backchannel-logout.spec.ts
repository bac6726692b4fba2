import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LogoutToken } from '#libs/keys';
import { TestHub } from '#test/hub';
import { BackchannelLogout } from './backchannel-logout.js';
import type { IdentityProvider } from './identity-provider.js';
import { Sessions } from './sessions.js';
import { TerminalCodes } from './terminal-codes.js';

const ISSUER = 'https://idp.test';

let hub: TestHub;
let sessions: Sessions;
let people: Record<string, number>;
let tokens = 0;

beforeAll(async () => {
  hub = await TestHub.create([]);
  sessions = new Sessions(hub.databases.api);
  const rows = await hub.databases.admin.transaction('hire', 'system:test', (tx) =>
    tx.query<{ id: number; name: string }>(
      `INSERT INTO cairn.person (issuer, subject, name)
        VALUES ($1, 'a', 'a'), ($1, 'b', 'b'), ('https://other.test', 'a', 'other') RETURNING id, name`,
      [ISSUER],
    ),
  );
  people = Object.fromEntries(rows.map(({ id, name }) => [name, id]));
});
afterAll(() => hub?.drop());

/** Sessions by the letters of their person, `sid`, and whether they are of another issuer. */
let open: Record<string, string>;
beforeEach(async () => {
  const begin = async (person: string, sid: string | null): Promise<string> =>
    (await sessions.begin(people[person]!, 'browser', { sid, acr: null }))!;
  open = {
    a1: await begin('a', 's1'),
    a2: await begin('a', 's2'),
    aNone: await begin('a', null),
    b1: await begin('b', 's1'),
    bNone: await begin('b', null),
    other1: await begin('other', 's1'),
  };
});

async function ended(): Promise<string[]> {
  const names = Object.keys(open);
  const found = await Promise.all(names.map((name) => sessions.find(open[name], 'browser')));
  return names.filter((_name, i) => found[i] === null);
}

function logout(token: Partial<LogoutToken>): BackchannelLogout {
  const whole = { iss: ISSUER, sub: null, sid: null, jti: `j${++tokens}`, goodFor: 60, ...token };
  const provider = { verifyLogout: () => Promise.resolve({ ok: true, token: whole }) };
  return new BackchannelLogout(hub.databases.api, provider as unknown as IdentityProvider);
}

describe('a logout over the back channel', () => {
  it.each<[string, Partial<LogoutToken>, string[]]>([
    ['of a subject ends all of its sessions', { sub: 'a' }, ['a1', 'a2', 'aNone']],
    ['of a session ends what came of it', { sid: 's1' }, ['a1', 'b1']],
    ['of both ends that, and what may have come of it', { sub: 'a', sid: 's1' }, ['a1', 'aNone']],
    ['of somebody else ends nothing', { sub: 'c' }, []],
    ['of another issuer ends nothing here', { iss: 'https://other.test', sub: 'a' }, ['other1']],
  ])('%s', async (_name, token, gone) => {
    expect(await logout(token).end('x')).toEqual({ ok: true, ended: expect.any(Number) });
    expect(await ended()).toEqual(gone);
  });

  it('is done once, however often and wherever it is sent', async () => {
    const one = logout({ sub: 'a' });
    const answers = await Promise.all(Array.from({ length: 6 }, () => one.end('x')));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const later = (await sessions.begin(people['a']!, 'browser', { sid: null, acr: null }))!;
    expect(await one.end('x')).toMatchObject({ ok: false, code: 'REFUSED' });
    expect(await sessions.find(later, 'browser')).not.toBeNull();
  });

  it('ends codes that no terminal has fetched', async () => {
    const codes = new TerminalCodes(hub.databases.api);
    const terminal = { port: 45_678, challenge: 'A'.repeat(43) };
    await codes.issue(people['a']!, terminal, { sid: 's9', acr: null });
    await logout({ sid: 's9' }).end('x');
    const left = await hub.databases.admin.read('codes', 'system:test', (tx) =>
      tx.query('SELECT 1 FROM cairn.terminal_code'),
    );
    expect(left).toEqual([]);
  });
});
