import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateSigningKey, type SigningKey } from '#libs/keys';
import { KeyLifecycle, KeyRegistrations } from '#libs/membership';
import { assertion, randomValue } from './api-hub.js';
import { VettingHub } from './applications-desk.js';
import { got, person, refusal, type Ask } from './applications-hub.js';
import {
  ACTORS,
  AGAIN,
  APPROVE,
  CONFIRM,
  KEYS,
  keyOf,
  onKey,
  onKeySet,
  onOwnKey,
  PROPOSE,
  proofOf,
  PROVE,
  RETIRE,
  REVOKE,
  STAFF_REVOKE,
  stateKeys,
  upload,
  type Challenge,
} from './keys-hub.js';
import { Browser } from './people-browser.js';

let vetting: VettingHub;
let noah: Ask;

beforeAll(async () => {
  vetting = await VettingHub.start();
  const browser = new Browser(vetting.hub.url);
  await browser.login('noah');
  noah = person(browser);
  await vetting.administers(noah, 'beta');
});
afterAll(() => vetting.close());

const fresh = async (control?: string): Promise<string> => {
  const name = `fresh-${randomUUID().slice(0, 8)}`;
  const group = control ?? name;
  const facts = { member: name, name, kind: 'platform', group, accredited: false } as const;
  expect(await vetting.hub.members.admit('system:test', facts)).toMatchObject({ ok: true });
  await vetting.hub.settle();
  return name;
};

/** Who administers a member that has no key yet. */
async function freshMember(group?: string): Promise<{ member: string; admin: Ask }> {
  const member = await fresh(group);
  await dismiss(noah);
  await vetting.administers(noah, member);
  return { member, admin: noah };
}

const DISMISS = `mutation ($input: PersonActInput!) {
  takeMemberAdministration(input: $input) { ... on Person { administers } } }`;

/** Takes the administration of its member from somebody: a person administers one at a time. */
async function dismiss(ask: Ask): Promise<void> {
  const input = { person: String(await idOf(ask)), reason: 'next' };
  expect(await got(vetting.people.albert, DISMISS, { input })).toEqual({ administers: null });
}

async function idOf(ask: Ask): Promise<number> {
  return Number((await got(ask, '{ viewer { id } }')).id);
}

const named = ({ member, key }: Challenge) => ({ member, key });

async function proved(admin: Ask, purpose: string, key: SigningKey, witness?: SigningKey) {
  const challenge: Challenge = await upload(admin, purpose, key);
  expect(challenge).toMatchObject({ __typename: 'KeyChallenge', key: key.publicKey.kid });
  const proof = await proofOf(challenge, purpose, key);
  const witnessProof = witness && (await proofOf(challenge, purpose, witness));
  const done = await got(admin, PROVE, { input: { key: challenge.key, proof, witnessProof } });
  expect(done).toMatchObject({ __typename: 'KeyActed' });
  return { challenge, key: done.key };
}

const confirm = (staff: Ask, { member, key, fingerprint }: Challenge, heard = fingerprint) =>
  got(staff, CONFIRM, { input: { member, key, fingerprint: heard } });

/** A key of mia's member that an active one vouches for, logged. */
async function rotated(purpose: 'auth' | 'signing'): Promise<SigningKey> {
  const key = generateSigningKey();
  await proved(vetting.people.mia, purpose, key, vetting.alpha[purpose]);
  await stateKeys(vetting.hub);
  return key;
}

describe("a member's first key", () => {
  it('stands once it is proved and two staff have confirmed its fingerprint', async () => {
    const { alice, vera, ada } = vetting.people;
    const { member, admin } = await freshMember();
    const key = generateSigningKey();
    const { challenge, key: waiting } = await proved(admin, 'signing', key);
    expect(challenge.route).toBe('CEREMONY');
    expect(waiting).toMatchObject({ state: 'PENDING', registration: { confirmations: 0 } });
    expect(waiting.registration.provedAt).not.toBeNull();

    const wrong = challenge.fingerprint.replace(/\d/, (digit) => String((Number(digit) + 1) % 10));
    expect(await confirm(vera, challenge, wrong)).toMatchObject({ code: 'BAD_INPUT', field: 'fingerprint' });
    expect(await confirm(vera, challenge, 'never')).toMatchObject({
      code: 'BAD_INPUT',
      field: 'fingerprint',
    });
    const first = await confirm(vera, challenge, challenge.fingerprint.replaceAll(' ', '-'));
    expect(first.key).toMatchObject({ state: 'PENDING', registration: { confirmations: 1 } });
    expect(await confirm(vera, challenge)).toMatchObject({ code: 'NOT_ALLOWED', field: 'person' });
    expect(await refusal(ada, CONFIRM, { input: { ...named(challenge), fingerprint: '1' } })).toEqual([
      403,
      'FORBIDDEN',
    ]);
    expect((await confirm(alice, challenge)).key).toMatchObject({ registration: { confirmations: 2 } });
    expect(await keyOf(admin, member, key.publicKey.kid)).toMatchObject({
      state: 'PENDING',
      addedIndex: null,
    });

    await stateKeys(vetting.hub);
    const active = await keyOf(admin, member, key.publicKey.kid);
    expect(active).toMatchObject({ state: 'ACTIVE', purpose: 'SIGNING', registration: null });
    expect(active.addedIndex).toBeGreaterThan(0);
    expect(active.history.map(({ to }: { to: string }) => to)).toEqual(['PENDING', 'ACTIVE']);
    const { keys } = await got(ada, ACTORS, { member });
    expect(keys[0].history[0].actor).toMatch(/^person:\d+$/);
    expect(await refusal(admin, ACTORS, { member })).toEqual([403, 'FORBIDDEN']);
  });

  it('is confirmed by nobody who administers its member', async () => {
    const { vera, alice } = vetting.people;
    const { member, admin } = await freshMember();
    await vetting.administers(alice, member);
    const { challenge } = await proved(admin, 'auth', generateSigningKey());
    expect(await confirm(alice, challenge)).toMatchObject({ code: 'NOT_ALLOWED', field: 'person' });
    expect(await refusal(admin, CONFIRM, { input: { ...named(challenge), fingerprint: '1' } })).toEqual([
      403,
      'FORBIDDEN',
    ]);
    // The database says no, too, whatever a service lets through.
    const { api } = vetting.hub.database;
    const id = await idOf(alice);
    const straight = new KeyRegistrations(api, vetting.hub.config.origin).confirm(id, {
      ...named(challenge),
      fingerprint: challenge.fingerprint,
    });
    await expect(straight).rejects.toThrow('confirmed by staff');
    const taken = await got(vera, onKey('withdrawKeyRegistration', 'MemberKeyInput'), {
      input: named(challenge),
    });
    expect(taken).toMatchObject({ key: { state: 'WITHDRAWN' } });
    expect(taken.key.endedAt).not.toBeNull();
    // Nor for a member under the same control.
    const sister = await freshMember(member);
    const { challenge: other } = await proved(sister.admin, 'auth', generateSigningKey());
    expect(await confirm(alice, other)).toMatchObject({ code: 'NOT_ALLOWED', field: 'person' });
    await dismiss(alice);
  });

  it('is answered for the challenge that was given last, once', async () => {
    const { admin } = await freshMember();
    const key = generateSigningKey();
    const old: Challenge = await upload(admin, 'auth', key);
    const challenge: Challenge = await got(admin, AGAIN, { key: old.key });
    expect(challenge.nonce).not.toBe(old.nonce);
    const late = await proofOf(old, 'auth', key);
    expect(await got(admin, PROVE, { input: { key: old.key, proof: late } })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'proof',
    });
    const proof = await proofOf(challenge, 'auth', key);
    const input = { key: old.key, proof };
    expect(await got(admin, PROVE, { input })).toMatchObject({ __typename: 'KeyActed' });
    expect(await got(admin, PROVE, { input })).toMatchObject({ code: 'NOT_ALLOWED', field: 'key' });
    expect(await got(admin, onOwnKey('withdrawKey'), { key: old.key })).toMatchObject({
      key: { state: 'WITHDRAWN' },
    });
  });

  it.each([
    ['a point of small order', { kty: 'OKP', crv: 'Ed25519', x: `AQ${'A'.repeat(41)}` }, 'jwk.x'],
    ['a private key', { ...JSON.parse(generateSigningKey().publicKey.jwk), d: 'AAAA' }, 'jwk.d'],
    ['no JWK', [], 'jwk'],
  ])('is refused, with field and rule, when it is %s', async (_, jwk, field) => {
    const { mia } = vetting.people;
    const text = JSON.stringify(jwk);
    const refused = await got(mia, onRegister, { input: { purpose: 'AUTH', jwk: text } });
    expect(refused).toMatchObject({ __typename: 'ActRefused', code: 'BAD_INPUT', field });
    expect(refused.rule).not.toBe('');
  });

  it.each(['{', '{"a":1,"a":1}', `"${'x'.repeat(2048)}"`])('is refused as the text %#', async (jwk) => {
    const refused = await got(vetting.people.mia, onRegister, { input: { purpose: 'AUTH', jwk } });
    expect(refused).toMatchObject({ code: 'BAD_INPUT', field: 'jwk' });
  });
});

describe('a key that an active one vouches for', () => {
  it('needs both proofs and no staff; the old one retires after an overlap', async () => {
    const { mia, vera } = vetting.people;
    const { alpha, hub } = vetting;
    const key = generateSigningKey();
    const challenge: Challenge = await upload(mia, 'auth', key);
    expect(challenge.route).toBe('ROTATION');
    const proof = await proofOf(challenge, 'auth', key);
    const alone = { key: challenge.key, proof };
    expect(await got(mia, PROVE, { input: alone })).toMatchObject({ field: 'witnessProof' });
    const foreign = await proofOf(challenge, 'auth', alpha.signing);
    expect(await got(mia, PROVE, { input: { ...alone, witnessProof: foreign } })).toMatchObject({
      field: 'witnessProof',
    });
    const witnessProof = await proofOf(challenge, 'auth', alpha.auth);
    expect(await got(mia, PROVE, { input: { ...alone, witnessProof } })).toMatchObject({
      key: { state: 'PENDING', route: 'ROTATION' },
    });
    expect(await confirm(vera, challenge)).toMatchObject({ code: 'NOT_ALLOWED', field: 'key' });
    const old = alpha.auth.publicKey.kid;
    await stateKeys(hub);
    expect(await keyOf(mia, 'alpha', challenge.key)).toMatchObject({ state: 'ACTIVE' });

    for (const overlapDays of [6, 91])
      expect(await got(mia, RETIRE, { input: { key: old, overlapDays } })).toMatchObject({
        field: 'overlapDays',
      });
    const { key: retiring } = await got(mia, RETIRE, { input: { key: old, overlapDays: 30 } });
    expect(retiring).toMatchObject({ state: 'RETIRING', endReason: null });
    const days = (Date.parse(retiring.overlapEndsAt) - Date.parse(retiring.notAfter)) / 86_400_000;
    expect(days).toBe(30);
    expect((await hub.token({ ...alpha, auth: key })).headers()).toBeDefined();
    expect((await hub.token(alpha)).headers()).toBeDefined();
  });
});

describe('a stolen key', () => {
  it('is revoked by its member, and what was received since is void', async () => {
    const { mia } = vetting.people;
    const { hub, alpha } = vetting;
    await hub.allow(alpha, 'csam', { submit: true, receive: true });
    await hub.settle();
    const signing = await rotated('signing');
    const thief = { ...alpha, signing };
    const since = new Date().toISOString();
    await hub.submit(thief, 'csam', [assertion('sha256', randomValue())]);
    await hub.settle();
    const key = signing.publicKey.kid;
    for (const [input, field] of [
      [{ key, reason: 'COMPROMISED' }, 'since'],
      [{ key, reason: 'COMPROMISED', since: 'yesterday' }, 'since'],
      [{ key, reason: 'COMPROMISED', since: '2999-01-01T00:00Z' }, 'since'],
      [{ key, reason: 'LOST', since }, 'since'],
      [{ key: 'x', reason: 'LOST' }, 'key'],
      [{ key: vetting.beta.signing.publicKey.kid, reason: 'LOST' }, 'key'],
    ] as const)
      expect(await got(mia, REVOKE, { input })).toMatchObject({ __typename: 'ActRefused', field });
    const { key: revoked } = await got(mia, REVOKE, { input: { key, reason: 'COMPROMISED', since } });
    expect(revoked).toMatchObject({ state: 'REVOKED', endReason: 'COMPROMISED', endSince: since });
    await stateKeys(hub);
    const stated = await keyOf(mia, 'alpha', key);
    expect(stated.revokedIndex).toBeGreaterThan(stated.addedIndex);
    expect(await got(mia, REVOKE, { input: { key, reason: 'LOST' } })).toMatchObject({ code: 'NOT_ALLOWED' });
  });

  it('is revoked by an approver at once, and by nobody else of the staff', async () => {
    const { alice, vera, ada, otto } = vetting.people;
    const { beta } = vetting;
    const input = { member: 'beta', key: beta.signing.publicKey.kid, reason: 'LOST' };
    for (const nobody of [vera, ada, otto])
      expect(await refusal(nobody, STAFF_REVOKE, { input })).toEqual([403, 'FORBIDDEN']);
    for (const member of ['alpha', 'nobody', 'No Name'])
      expect(await got(alice, STAFF_REVOKE, { input: { ...input, member } })).toMatchObject({
        code: 'NOT_FOUND',
      });
    expect(await got(alice, STAFF_REVOKE, { input })).toMatchObject({ key: { state: 'REVOKED' } });
    const { member, key } = input;
    expect(await keyOf(ada, member, key)).toMatchObject({ state: 'REVOKED', endReason: 'LOST' });
  });
});

describe("keys of another's member", () => {
  it('are answered as if there were no such member', async () => {
    const { mia } = vetting.people;
    const of = async (member: string) => (await mia(KEYS, { member })).body;
    const answers = await Promise.all(['beta', 'nobody', 'No Name'].map(of));
    expect(answers[0]).toMatchObject({ data: { memberKeys: { code: 'NOT_FOUND' } } });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await got(mia, KEYS, { member: 'alpha' })).toMatchObject({ __typename: 'MemberKeys' });
  });

  it('are out of reach in the database, too', async () => {
    const { api } = vetting.hub.database;
    const id = await idOf(vetting.people.mia);
    const lifecycle = new KeyLifecycle(api);
    const key = vetting.beta.auth.publicKey.kid;
    const revocation = { member: 'beta', key, reason: 'lost', since: null } as const;
    expect(await lifecycle.revoke(`person:${id}`, revocation)).toMatchObject({ code: 'NOT_FOUND' });
    const registrations = new KeyRegistrations(api, vetting.hub.config.origin);
    const jwk = JSON.parse(generateSigningKey().publicKey.jwk) as unknown;
    const uploaded = registrations.request(`person:${id}`, { member: 'beta', purpose: 'auth', jwk });
    await expect(uploaded).rejects.toThrow('row-level security');
  });

  it('are read by auditors, who change nothing, and by no operator, machine or stranger', async () => {
    const { ada, otto } = vetting.people;
    const { hub, alpha } = vetting;
    expect(await got(ada, KEYS, { member: 'beta' })).toMatchObject({ __typename: 'MemberKeys' });
    expect(await got(ada, KEYS, { member: 'nobody' })).toMatchObject({ code: 'NOT_FOUND' });
    const key = 'x';
    for (const [query, input] of [
      [onRegister, { purpose: 'AUTH', jwk: '{}' }],
      [PROVE, { key, proof: '' }],
      [RETIRE, { key }],
      [REVOKE, { key, reason: 'LOST' }],
      [onKey('withdrawKeyRegistration', 'MemberKeyInput'), { member: 'beta', key }],
      [APPROVE, { member: 'beta', url: '' }],
    ] as const)
      expect(await refusal(ada, query, { input })).toEqual([403, 'FORBIDDEN']);
    expect(await refusal(ada, onKeySet('removeKeySet'))).toEqual([403, 'FORBIDDEN']);
    expect(await refusal(otto, KEYS, { member: 'beta' })).toEqual([403, 'FORBIDDEN']);
    const machine: Ask = (query, variables) => hub.graphql(alpha, query, variables);
    expect(await refusal(machine, KEYS, { member: 'alpha' })).toEqual([403, 'FORBIDDEN']);
    const stranger: Ask = (query, variables) => hub.graphql(null, query, variables);
    expect((await refusal(stranger, KEYS, { member: 'alpha' }))[0]).toBe(401);
  });
});

describe('a member that is suspended', () => {
  it('can still register, revoke and retire; one that is expelled registers nothing', async () => {
    const { member, admin } = await freshMember();
    const { members } = vetting.hub;
    expect(await members.setStatus('system:test', member, 'suspended')).toMatchObject({ ok: true });
    await vetting.hub.settle();
    const { challenge } = await proved(admin, 'signing', generateSigningKey());
    await confirm(vetting.people.alice, challenge);
    await confirm(vetting.people.vera, challenge);
    await stateKeys(vetting.hub);
    const { key } = challenge;
    expect(await got(admin, RETIRE, { input: { key } })).toMatchObject({ key: { state: 'RETIRING' } });
    expect(await members.setStatus('system:test', member, 'expelled')).toMatchObject({ ok: true });
    await vetting.hub.settle();
    expect(await got(admin, REVOKE, { input: { key, reason: 'LOST' } })).toMatchObject({
      key: { state: 'REVOKED' },
    });
    expect(await upload(admin, 'auth', generateSigningKey())).toMatchObject({
      code: 'NOT_ALLOWED',
      field: 'member',
    });
  });
});

describe('the JWK Set of a member', () => {
  it('is proposed by the member, approved by an approver, and taken away by the member', async () => {
    const { mia, alice, vera } = vetting.people;
    const url = 'https://alpha.example.org/jwks.json';
    expect(await got(mia, onKeySet('refreshKeySet'))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await got(mia, PROPOSE, { url: 'http://alpha.example.org/' })).toMatchObject({ field: 'url' });
    expect(await got(mia, PROPOSE, { url })).toMatchObject({ keySet: { url: null, proposedUrl: url } });
    const input = { member: 'alpha', url };
    expect(await refusal(vera, APPROVE, { input })).toEqual([403, 'FORBIDDEN']);
    expect(await got(alice, APPROVE, { input: { ...input, url: `${url}x` } })).toMatchObject({
      field: 'url',
    });
    expect(await got(alice, APPROVE, { input })).toMatchObject({ keySet: { url, proposedUrl: null } });
    expect(await got(mia, onKeySet('refreshKeySet'))).toMatchObject({ keySet: { url } });
    expect((await got(mia, KEYS, { member: 'alpha' })).keySet).toMatchObject({ url });
    expect(await got(mia, onKeySet('removeKeySet'))).toMatchObject({ keySet: { url: null } });
  });

  it('is approved by nobody who administers the member', async () => {
    const { alice } = vetting.people;
    const { member, admin } = await freshMember();
    const url = 'https://fresh.example.org/jwks.json';
    await got(admin, PROPOSE, { url });
    await vetting.administers(alice, member);
    expect(await got(alice, APPROVE, { input: { member, url } })).toMatchObject({
      code: 'NOT_ALLOWED',
      field: 'person',
    });
    await dismiss(alice);
  });
});

const onRegister = `mutation ($input: RegisterKeyInput!) { registerKey(input: $input) { __typename
  ... on ActRefused { code field rule } } }`;
