import { existsSync, linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MemberHome, type HttpOptions } from '#libs/client';
import {
  deriveCheckpointKey,
  generateSigningKey,
  loadSigningKey,
  saveSigningKey,
  type SigningKey,
} from '#libs/keys';
import { formatVerifierKey, NOTE_SIGNATURE, verifierKey } from '#libs/tlog';
import { giveMember } from '#test/people';
import { TestHub } from './api-hub.js';
import { cairnIn, loggedIn } from './cli-session.js';
import { stateKeys } from './keys-hub.js';
import { giveRoles } from './people-hub.js';

let hub: TestHub;
let directory: string;
let staff: Record<'alice' | 'vera', string>;
let session: string;
let mia: number;
let member: string;
let home: string;
let members = 0;

beforeAll(async () => {
  hub = await TestHub.start();
  directory = mkdtempSync(join(tmpdir(), 'cairn-keys-'));
  await giveRoles(hub, [
    ['alice', 'approver'],
    ['vera', 'vetter'],
  ]);
  const [alice, vera, own] = await Promise.all(
    (['alice', 'vera', 'mia'] as const).map((name) => loggedIn(hub, join(directory, name), name)),
  );
  staff = { alice: alice!, vera: vera! };
  session = readFileSync(join(own!, 'session.json'), 'utf8');
  mia = await personNamed('Mia Member');
});
afterAll(async () => {
  await hub.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A home of Mia, who administers a member that has no key yet. */
beforeEach(async () => {
  member = `member-${++members}`;
  const facts = { member, name: member, kind: 'platform', group: member, accredited: false } as const;
  expect(await hub.members.admit('system:test', facts)).toMatchObject({ ok: true });
  await hub.settle();
  await giveMember(hub.database.admin, mia, member);
  home = join(directory, `home-${members}`);
  await new MemberHome(home).init({ policy: policyFile(), member });
  writeFileSync(join(home, 'session.json'), session, { mode: 0o600 });
  await cairn('keys', 'new', '--purpose', 'auth');
});

async function personNamed(name: string): Promise<number> {
  const [row] = await hub.database.admin.read('find', 'system:test', (tx) =>
    tx.query<{ id: number }>('SELECT id FROM cairn.person WHERE name = $1', [name]),
  );
  return row!.id;
}

function policyFile(): Uint8Array {
  const origin = `${hub.config.origin}/log`;
  const { publicKey } = deriveCheckpointKey(hub.checkpointSeed, origin);
  const key = formatVerifierKey(verifierKey(origin, NOTE_SIGNATURE, publicKey));
  return Buffer.from(`log ${key} ${hub.url}\nquorum none\n`);
}

const cairn = (...args: string[]) => cairnIn(home, args);
const act = (who: keyof typeof staff, ...args: string[]) => cairnIn(staff[who], ['keys', ...args]);
const file = (name: string): string => join(home, 'keys', name);
const kidIn = async (name: string): Promise<string> => (await loadSigningKey(file(name))).publicKey.kid;

async function putKey(name: string, key: SigningKey): Promise<void> {
  rmSync(file(name), { force: true });
  await saveSigningKey(file(name), key);
}

/** A key such as one in 64: its thumbprint looks like an option. */
function hyphened(): SigningKey {
  const key = generateSigningKey();
  return key.publicKey.kid.startsWith('-') ? key : hyphened();
}

const rotate = (...args: string[]) => cairn('keys', 'rotate', '--purpose', 'auth', ...args);

async function states(): Promise<Record<string, string>> {
  const { json } = await cairn('keys', 'list');
  return Object.fromEntries(
    json.keys.map((key: { thumbprint: string; state: string }) => [key.thumbprint, key.state]),
  );
}

/** The member's first key, which two staff confirm. */
async function firstKey(): Promise<string> {
  const { code, json } = await cairn('keys', 'register', '--purpose', 'auth');
  expect(code).toBe(0);
  const { thumbprint, fingerprint } = json.keys[0];
  for (const who of ['vera', 'alice'] as const) {
    expect(await act(who, 'confirm', member, thumbprint, ...fingerprint.split(' '))).toMatchObject({
      code: 0,
    });
  }
  await stateKeys(hub);
  return thumbprint;
}

/** Lets the hub fail at the first request that holds a text: before it is sent, or with its answer lost. */
function breaking(text: string, sent: boolean): HttpOptions {
  return {
    attempts: 1,
    fetch: async (url, init) => {
      const hit = String(init?.body).includes(text);
      if (hit && !sent) throw new TypeError('broken off');
      const answer = await fetch(url, init);
      if (hit) throw new TypeError('broken off');
      return answer;
    },
  };
}

/** While a run waits, the worker logs what is due. */
async function withWorker<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => void stateKeys(hub), 300);
  return work.finally(() => clearInterval(timer));
}

describe('cairn keys register', () => {
  it('registers a first key, which staff confirm, and says so again when it is run again', async () => {
    const { json } = await cairn('keys', 'register');
    expect(json.keys).toMatchObject([{ purpose: 'auth', route: 'ceremony', state: 'pending' }]);
    const { thumbprint, fingerprint } = json.keys[0];
    expect(await cairn('keys', 'register')).toMatchObject({ code: 0, json });
    const wrong = fingerprint.replace(/\d/, (digit: string) => String((Number(digit) + 1) % 10));
    expect(await act('vera', 'confirm', member, thumbprint, wrong)).toMatchObject({ code: 3 });
    expect(await act('vera', 'confirm', member, thumbprint, fingerprint)).toMatchObject({ code: 0 });
    expect(await act('vera', 'confirm', member, thumbprint, fingerprint)).toMatchObject({ code: 3 });
    expect(await act('alice', 'confirm', member, thumbprint, fingerprint)).toMatchObject({ code: 0 });
    await stateKeys(hub);
    expect(await states()).toEqual({ [thumbprint]: 'ACTIVE' });
    expect((await act('alice', 'list', member)).json.keys).toMatchObject([{ thumbprint }]);
  });

  it('has a further key signed for by the active one, and leaves none waiting that nobody can sign for', async () => {
    await firstKey();
    await cairn('keys', 'new', '--purpose', 'auth', '--out', file('second.jwk'));
    const second = await cairn('keys', 'register', '--purpose', 'auth', '--key', file('second.jwk'));
    expect(second.json.keys).toMatchObject([{ route: 'rotation', state: 'pending' }]);
    await stateKeys(hub);
    rmSync(file('auth.jwk'));
    await cairn('keys', 'new', '--purpose', 'auth');
    expect(await cairn('keys', 'register')).toMatchObject({ code: 6 });
    expect((await states())[await kidIn('auth.jwk')]).toBe('WITHDRAWN');
  });

  it('refuses to sign for another member than the one configured', async () => {
    const other = await loggedIn(hub, join(directory, `other-${members}`), 'noah');
    expect(await cairnIn(other, ['keys', 'register'])).toMatchObject({ code: 6 });
    await new MemberHome(home).init({ policy: policyFile(), member: 'another', replace: true });
    expect((await cairn('keys', 'register')).code).not.toBe(0);
    expect(await states()).toEqual({});
  });
});

describe('a challenge', () => {
  it.each([
    ['hub', /"audience":"[^"]*"/, '"audience":"other.test"'],
    ['member', /"member":"[^"]*"/, '"member":"other"'],
    ['key', /"key":"[^"]*"/, `"key":"${'A'.repeat(43)}"`],
    ['fingerprint', /"fingerprint":"[^"]*"/, '"fingerprint":"00000"'],
  ])('for another %s is not signed', async (_, from, to) => {
    const sent: string[] = [];
    const http: HttpOptions = {
      attempts: 1,
      fetch: async (url, init) => {
        sent.push(String(init?.body));
        const answer = await fetch(url, init);
        if (!String(init?.body).includes('registerKey')) return answer;
        return new Response((await answer.text()).replace(from, to), { status: answer.status });
      },
    };
    const { code, err } = await cairnIn(home, ['keys', 'register'], { http });
    expect([code, JSON.parse(err).error.code]).toEqual([5, 'UNEXPECTED_ANSWER']);
    expect(sent.filter((body) => body.includes('proveKey'))).toEqual([]);
  });
});

describe('cairn keys rotate', () => {
  it('ends with the new key in the place of the old one, which is kept and retires', async () => {
    const old = await firstKey();
    const run = await withWorker(rotate('--overlap-days', '14'));
    expect(run).toMatchObject({
      code: 0,
      json: { purpose: 'auth', old: { thumbprint: old, state: 'retiring' } },
    });
    const now = await kidIn('auth.jwk');
    expect(now).toBe(run.json.thumbprint);
    expect(await kidIn(`auth.${old}.jwk`)).toBe(old);
    expect(await states()).toEqual({ [old]: 'RETIRING', [now]: 'ACTIVE' });
    expect(readdirSync(join(home, 'keys')).sort()).toEqual(['auth.jwk', `auth.${old}.jwk`].sort());
    const token = await hub.token({ name: member, auth: await loadSigningKey(file('auth.jwk')) } as never);
    expect(token).toBeDefined();
  });

  it('retires nothing before the new key is active, and goes on when it is run again', async () => {
    const old = await firstKey();
    expect(await rotate('--timeout', '0')).toMatchObject({ code: 5 });
    const next = await kidIn('auth.next.jwk');
    expect(await kidIn('auth.jwk')).toBe(old);
    expect(await states()).toEqual({ [old]: 'ACTIVE', [next]: 'PENDING' });
    await stateKeys(hub);
    expect(await rotate()).toMatchObject({ code: 0, json: { thumbprint: next } });
    expect(await states()).toEqual({ [old]: 'RETIRING', [next]: 'ACTIVE' });
  });

  it.each([
    ['before the key is uploaded', 'registerKey', false],
    ['when it was uploaded', 'registerKey', true],
    ['before the proofs are sent', 'proveKey', false],
    ['before the old key is retired', 'retireKey', false],
    ['when the old key was retired', 'retireKey', true],
  ])('loses no key when it is broken off %s', async (_, text, sent) => {
    const old = await firstKey();
    const broken = await withWorker(
      cairnIn(home, ['keys', 'rotate', '--purpose', 'auth'], { http: breaking(text, sent) }),
    );
    expect(broken.code).toBe(5);
    expect(await kidIn('auth.jwk')).toBe(old);
    const next = await kidIn('auth.next.jwk');
    expect(await withWorker(rotate())).toMatchObject({ code: 0, json: { thumbprint: next } });
    expect([await kidIn('auth.jwk'), await kidIn(`auth.${old}.jwk`)]).toEqual([next, old]);
    expect(await states()).toEqual({ [old]: 'RETIRING', [next]: 'ACTIVE' });
  });

  it('ends a swap that was broken off between its two steps', async () => {
    const old = await firstKey();
    await withWorker(
      cairnIn(home, ['keys', 'rotate', '--purpose', 'auth'], { http: breaking('retireKey', true) }),
    );
    linkSync(file('auth.jwk'), file(`auth.${old}.jwk`));
    expect(await rotate()).toMatchObject({ code: 0 });
    expect(await kidIn(`auth.${old}.jwk`)).toBe(old);
    expect(existsSync(file('auth.next.jwk'))).toBe(false);
  });

  it('takes a proof whose answer was lost for done', async () => {
    const old = await firstKey();
    const run = await withWorker(
      cairnIn(home, ['keys', 'rotate', '--purpose', 'auth'], { http: breaking('proveKey', true) }),
    );
    expect(run).toMatchObject({ code: 0, json: { old: { thumbprint: old } } });
  });
});

describe('cairn keys revoke, retire, withdraw and set-url', () => {
  it('end a key of the own member, and for an approver one of another', async () => {
    const key = await firstKey();
    const since = '2026-01-01T00:00Z';
    expect(await cairn('keys', 'retire', key, '--overlap-days', '3')).toMatchObject({ code: 3 });
    expect(await cairn('keys', 'retire', key)).toMatchObject({
      code: 0,
      json: { key: { state: 'RETIRING' } },
    });
    expect(await cairn('keys', 'revoke', key)).toMatchObject({ code: 2 });
    expect(await cairn('keys', 'revoke', key, '--reason', 'compromised')).toMatchObject({ code: 3 });
    expect(await act('vera', 'revoke', key, '--reason', 'lost', '--member', member)).toMatchObject({
      code: 3,
    });
    const revoked = await act(
      'alice',
      'revoke',
      key,
      '--reason',
      'compromised',
      '--since',
      since,
      '--member',
      member,
    );
    expect(revoked).toMatchObject({ code: 0, json: { key: { state: 'REVOKED' } } });
    expect(await cairn('keys', 'register')).toMatchObject({ code: 6 });
  });

  it('take a key back that waits, and propose, approve and end a JWK Set', async () => {
    const { json } = await cairn('keys', 'register');
    const { thumbprint } = json.keys[0];
    expect(await cairn('keys', 'withdraw', thumbprint)).toMatchObject({ code: 0 });
    const url = `https://${member}.example.org/jwks.json`;
    expect(await cairn('keys', 'set-url')).toMatchObject({ code: 2 });
    expect(await cairn('keys', 'set-url', url)).toMatchObject({
      code: 0,
      json: { keySet: { proposedUrl: url } },
    });
    expect(await act('alice', 'approve-url', member, url)).toMatchObject({
      code: 0,
      json: { keySet: { url } },
    });
    expect(await cairn('keys', 'set-url', '--refresh')).toMatchObject({ code: 0 });
    expect(await cairn('keys', 'set-url', '--remove')).toMatchObject({ code: 0 });
    expect((await cairn('keys', 'list')).json.keySet).toMatchObject({ url: null });
  });

  it('take a key whose thumbprint begins with a hyphen through its whole life', async () => {
    await putKey('auth.jwk', hyphened());
    const { thumbprint } = (await cairn('keys', 'register')).json.keys[0];
    expect(await cairn('keys', 'withdraw', thumbprint)).toMatchObject({ code: 0 });
    await putKey('auth.jwk', hyphened());
    const next = await firstKey();
    expect(await cairn('keys', 'retire', next)).toMatchObject({ code: 0 });
    expect(await cairn('keys', 'revoke', next, '--reason', 'lost')).toMatchObject({ code: 0 });
    expect(await states()).toEqual({ [thumbprint]: 'WITHDRAWN', [next]: 'REVOKED' });
  });

  it('say what is missing, by exit code', async () => {
    rmSync(join(home, 'session.json'));
    expect(await cairn('keys', 'list')).toMatchObject({ code: 6 });
    expect(await rotate()).toMatchObject({ code: 6 });
    expect(await act('vera', 'list')).toMatchObject({ code: 3 });
    expect(await act('vera', 'list', 'nobody')).toMatchObject({ code: 3 });
  });
});
