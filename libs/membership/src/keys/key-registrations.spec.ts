import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { generateSigningKey, type SigningKey } from '#libs/keys';
import type { Database } from '#libs/platform';
import { must, TestHub } from '#test/hub';
import { jwkOf, KeyCeremony, OWN_ADMIN } from '#test/key-ceremony';
import { giveMember } from '#test/people';
import { findKey } from '../member-directory.js';
import { KeyLifecycle, keyHistory } from './key-lifecycle.js';
import { openRegistrations } from './key-registration-rows.js';
import type { KeyChallenge } from './key-registrations.js';

let hub: TestHub;
let ceremony: KeyCeremony;
let staff: number[];
let member: string;
let members = 0;

beforeAll(async () => {
  hub = await TestHub.create();
  ceremony = new KeyCeremony(hub.databases, hub.origin);
  staff = await ceremony.people(3);
});
afterAll(() => hub.drop());
beforeEach(async () => {
  member = `member-${++members}`;
  const facts = { member, name: member, kind: 'platform', group: member, accredited: false } as const;
  must(await hub.members.admit('system:test', facts));
});

const standing = (key: SigningKey) =>
  hub.databases.api.read('standing', 'system:test', (tx) => findKey(tx, 'signing', key.publicKey.kid));

const state = async (): Promise<unknown[]> =>
  hub.worker.read('states', 'system:test', async (tx) =>
    (
      await tx.query<{ state: string }>(
        `SELECT k.state FROM cairn.member_key k JOIN cairn.member m ON m.id = k.member_id WHERE m.handle = $1 ORDER BY k.id`,
        [member],
      )
    ).map((row) => row.state),
  );

async function expire(challenge: KeyChallenge, ago = '1 second'): Promise<void> {
  await hub.databases.admin.transaction('expire', 'system:test', (tx) =>
    tx.query(
      `UPDATE cairn.key_registration r SET nonce_expires_at = now() - $2::interval
         FROM cairn.member_key k WHERE k.id = r.key_id AND k.thumbprint = $1`,
      [challenge.key, ago],
    ),
  );
}

async function requestAndProve(key: SigningKey): Promise<KeyChallenge> {
  const challenge = await ceremony.request(member, 'signing', key);
  const proof = await ceremony.proof(member, 'signing', challenge, key);
  const proofs = { member, key: challenge.key, proof, witnessProof: null };
  expect(await ceremony.registrations.prove(OWN_ADMIN, proofs)).toEqual({ ok: true, complete: false });
  return challenge;
}

describe("a member's first key of a purpose", () => {
  it('is active when it is proved, confirmed by two staff and logged, and not before', async () => {
    const key = generateSigningKey();
    const challenge = await requestAndProve(key);
    const { key: name, fingerprint } = challenge;
    const confirm = (person: number) =>
      ceremony.registrations.confirm(person, { member, key: name, fingerprint });
    expect(await confirm(staff[0]!)).toEqual({ ok: true, complete: false });
    await ceremony.statements.sweep();
    await hub.settle();
    expect(await state()).toEqual(['pending']);
    expect(await confirm(staff[1]!)).toEqual({ ok: true, complete: true });
    expect(await standing(key)).toMatchObject({ active: false });
    await ceremony.statements.sweep();
    await ceremony.statements.sweep();
    expect(await standing(key)).toMatchObject({ active: false });
    await hub.settle();
    expect(await standing(key)).toMatchObject({ active: true, member });
    const history = await hub.worker.read('history', 'system:test', (tx) => keyHistory(tx, member));
    expect(history.map(({ from, to, actor }) => [from, to, actor])).toEqual([
      [null, 'pending', OWN_ADMIN],
      ['pending', 'active', expect.stringContaining('system:')],
    ]);
  });

  it('is not confirmed by one person twice, its uploader, or without the right fingerprint', async () => {
    const [uploader, first] = [staff[2]!, staff[0]!];
    const key = generateSigningKey();
    await giveMember(hub.databases.admin, uploader, member);
    await ceremony.administer(member);
    const asked = await ceremony.registrations.request(`person:${uploader}`, {
      member,
      purpose: 'signing',
      jwk: jwkOf(key),
    });
    const { challenge } = asked as { challenge: KeyChallenge };
    const named = { member, key: challenge.key };
    const confirm = (person: number, fingerprint = challenge.fingerprint) =>
      ceremony.registrations.confirm(person, { ...named, fingerprint });
    expect(await confirm(first)).toMatchObject({
      ok: false,
      field: 'key',
      rule: expect.stringContaining('proved'),
    });
    const proof = await ceremony.proof(member, 'signing', challenge, key);
    must(await ceremony.registrations.prove(OWN_ADMIN, { ...named, proof, witnessProof: null }));
    expect(await confirm(uploader)).toMatchObject({ ok: false, field: 'person' });
    expect(await confirm(first, challenge.fingerprint.replace(/^./, 'x'))).toMatchObject({
      ok: false,
      code: 'BAD_INPUT',
      field: 'fingerprint',
    });
    must(await confirm(first, challenge.fingerprint.replaceAll(' ', '-')));
    expect(await confirm(first)).toMatchObject({ ok: false, field: 'person' });
    expect(await confirm(staff[1]!)).toEqual({ ok: true, complete: true });
    expect(await confirm(staff[2]!)).toMatchObject({ ok: false, rule: 'is confirmed already' });
  });

  it('can be withdrawn while it waits, and then be registered by the member whose it is', async () => {
    const key = generateSigningKey();
    const { key: name } = await requestAndProve(key);
    const open = await hub.databases.api.read('open', OWN_ADMIN, (tx) => openRegistrations(tx, member));
    expect(open).toMatchObject([{ purpose: 'signing', route: 'ceremony', firstConfirmer: null }]);
    must(await ceremony.registrations.withdraw(OWN_ADMIN, { member, key: name }));
    expect(await ceremony.registrations.withdraw(OWN_ADMIN, { member, key: name })).toMatchObject({
      code: 'NOT_FOUND',
    });
    await ceremony.firstKey(member, 'signing', staff, key);
    await hub.settle();
    expect(await state()).toEqual(['withdrawn', 'active']);
    expect(await ceremony.registrations.withdraw(OWN_ADMIN, { member, key: name })).toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('a key that is uploaded', () => {
  const ask = async (jwk: unknown, purpose: 'auth' | 'signing' = 'signing', of = member) => {
    await ceremony.administer(of);
    return ceremony.registrations.request(OWN_ADMIN, { member: of, purpose, jwk });
  };

  it('passes the key gate or is refused with the rule', async () => {
    // The identity point: under it one signature fits any message.
    const smallOrder = { kty: 'OKP', crv: 'Ed25519', x: `AQ${'A'.repeat(41)}` };
    expect(await ask(smallOrder)).toMatchObject({ ok: false, code: 'BAD_INPUT', field: 'jwk.x' });
    expect(await ask({ ...(jwkOf(generateSigningKey()) as object), d: 'x' })).toMatchObject({
      field: 'jwk.d',
    });
    expect(await ask(jwkOf(generateSigningKey()), 'auth', 'nobody')).toMatchObject({ code: 'NOT_FOUND' });
    expect(await state()).toEqual([]);
  });

  it('is known once: among pending ones, across purposes and members', async () => {
    const key = generateSigningKey();
    const other = await hub.admit(`other-${members}`);
    must(await ask(jwkOf(key)));
    const taken = { ok: false, code: 'TAKEN', field: 'jwk' };
    expect(await ask(jwkOf(key), 'auth')).toMatchObject(taken);
    expect(await ask(jwkOf(key), 'auth', other.name)).toMatchObject(taken);
    expect(await ask(jwkOf(other.signing), 'auth')).toMatchObject(taken);
    expect(await hub.members.addKey('system:test', other.name, 'auth', jwkOf(key))).toMatchObject(taken);
  });

  it('waits alone, and blocks nobody when it was never proved', async () => {
    const challenge = await ceremony.request(member, 'signing', generateSigningKey());
    const second = generateSigningKey();
    expect(await ask(jwkOf(second))).toMatchObject({ code: 'NOT_ALLOWED', field: 'purpose' });
    await expire(challenge);
    must(await ask(jwkOf(second)));
    expect(await state()).toEqual(['withdrawn', 'pending']);
  });

  it('is taken back by itself an hour after its challenge expired', async () => {
    const challenge = await ceremony.request(member, 'signing', generateSigningKey());
    await expire(challenge);
    await ceremony.statements.sweep();
    expect(await state()).toEqual(['pending']);
    await expire(challenge, '61 minutes');
    await ceremony.statements.sweep();
    expect(await state()).toEqual(['withdrawn']);
  });
});

describe('a challenge', () => {
  it('counts once, in its time, for its key and purpose', async () => {
    const { registrations } = ceremony;
    const key = generateSigningKey();
    const first = await ceremony.request(member, 'signing', key);
    const named = { member, key: first.key, witnessProof: null };
    const wrong = [
      await ceremony.proof(member, 'auth', first, key),
      await ceremony.proof(member, 'signing', first, generateSigningKey()),
      await ceremony.proof('another', 'signing', first, key),
      await ceremony.proof(member, 'signing', { ...first, nonce: 'AAAA' }, key),
      'x.y.z',
    ];
    for (const proof of wrong) {
      expect(await registrations.prove(OWN_ADMIN, { ...named, proof })).toMatchObject({ field: 'proof' });
    }
    await expire(first);
    const late = await ceremony.proof(member, 'signing', first, key);
    expect(await registrations.prove(OWN_ADMIN, { ...named, proof: late })).toMatchObject({
      rule: expect.stringContaining('expired'),
    });
    const again = await registrations.challengeAgain(OWN_ADMIN, { member, key: first.key });
    const { challenge } = again as { challenge: KeyChallenge };
    expect(challenge.nonce).not.toBe(first.nonce);
    expect(await registrations.prove(OWN_ADMIN, { ...named, proof: late })).toMatchObject({ field: 'proof' });
    const proof = await ceremony.proof(member, 'signing', challenge, key);
    must(await registrations.prove(OWN_ADMIN, { ...named, proof }));
    expect(await registrations.prove(OWN_ADMIN, { ...named, proof })).toMatchObject({ code: 'NOT_ALLOWED' });
    expect(await registrations.challengeAgain(OWN_ADMIN, { member, key: first.key })).toMatchObject({
      code: 'NOT_ALLOWED',
    });
  });
});

describe('a further key', () => {
  it('needs an active key of the same purpose that vouches for it', async () => {
    const { registrations } = ceremony;
    const signing = await ceremony.firstKey(member, 'signing', staff);
    const auth = await ceremony.firstKey(member, 'auth', staff);
    await hub.settle();
    const key = generateSigningKey();
    const challenge = await ceremony.request(member, 'signing', key);
    expect(challenge.route).toBe('rotation');
    const proof = await ceremony.proof(member, 'signing', challenge, key);
    const named = { member, key: challenge.key, proof };
    for (const witness of [auth, key, generateSigningKey()]) {
      const witnessProof = await ceremony.proof(member, 'signing', challenge, witness);
      expect(await registrations.prove(OWN_ADMIN, { ...named, witnessProof })).toMatchObject({
        field: 'witnessProof',
      });
    }
    expect(await registrations.prove(OWN_ADMIN, { ...named, witnessProof: null })).toMatchObject({
      field: 'witnessProof',
    });
    const { fingerprint } = challenge;
    expect(await registrations.confirm(staff[0]!, { member, key: challenge.key, fingerprint })).toMatchObject(
      { code: 'NOT_ALLOWED' },
    );
    const witnessProof = await ceremony.proof(member, 'signing', challenge, signing);
    expect(await registrations.prove(OWN_ADMIN, { ...named, witnessProof })).toEqual({
      ok: true,
      complete: true,
    });
    expect(await registrations.withdraw(OWN_ADMIN, { member, key: challenge.key })).toMatchObject({
      code: 'NOT_ALLOWED',
    });
    await ceremony.statements.sweep();
    await hub.settle();
    expect(await standing(key)).toMatchObject({ active: true });
  });

  it('comes by two staff again when the last active one was lost', async () => {
    const lifecycle = new KeyLifecycle(hub.databases.api);
    const lost = await ceremony.firstKey(member, 'signing', staff);
    await hub.settle();
    const revocation = { member, key: lost.publicKey.kid, reason: 'lost', since: null } as const;
    must(await lifecycle.revoke(OWN_ADMIN, revocation));
    await ceremony.statements.sweep();
    await hub.settle();
    const key = generateSigningKey();
    expect((await ceremony.request(member, 'signing', key)).route).toBe('ceremony');
  });
});

describe('a statement about a key', () => {
  const ask = (database: Database, body: object) =>
    database.transaction('ask', OWN_ADMIN, (tx) =>
      tx.query('INSERT INTO cairn.pending_statement (dedup_key, body) VALUES (gen_random_uuid(), $1)', [
        JSON.stringify(body),
      ]),
    );

  it.each(['key', 'key_revoked'])(
    'of kind %s is asked for by the worker, not through the API',
    async (kind) => {
      await expect(ask(hub.databases.api, { kind, member })).rejects.toThrow(
        'is not asked for through the API',
      );
    },
  );
});
