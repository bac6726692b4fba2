import { createHmac, randomBytes, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CLIENT_ASSERTION_TYP,
  createClientAssertion,
  createDpopProof,
  generateSigningKey,
  signCompactJws,
  verifyJsonJws,
  type SigningKey,
} from '#libs/keys';
import { forgetExpiredAssertions } from '#libs/access/upkeep';
import { TestHub, type TestMember } from './api-hub.js';
import { craft, now, respell, without } from './api-tampering.js';

let hub: TestHub;
let alice: TestMember;
let bob: TestMember;
let mallory: TestMember;
beforeAll(async () => {
  hub = await TestHub.start();
  alice = await hub.admit('alice');
  bob = await hub.admit('bob');
  mallory = await hub.admit('mallory');
  await hub.settle();
});
afterAll(() => hub?.close());

interface TokenAnswer {
  status: number;
  text: string;
  body: { error?: string; error_description?: string; access_token?: string };
}

async function request(
  form: Record<string, string> | [string, string][],
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const response = await hub.requestToken(form, headers);
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as TokenAnswer['body'] };
}

function claims(member: TestMember, change: object = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  const jti = randomBytes(16).toString('hex');
  return { iss: member.name, sub: member.name, aud: hub.url, jti, iat: now, exp: now + 60, ...change };
}

async function assertionOf(
  member: TestMember,
  change: object = {},
  key: SigningKey = member.auth,
): Promise<string> {
  return signCompactJws({ typ: CLIENT_ASSERTION_TYP, payload: claims(member, change), key });
}

function header(member: TestMember, change: object = {}): object {
  return { alg: 'Ed25519', kid: member.auth.publicKey.kid, typ: CLIENT_ASSERTION_TYP, ...change };
}

const bySigning = (key: SigningKey) => (input: Buffer) => sign(null, input, key.privateKey);

async function expectRefused(assertion: string): Promise<void> {
  const { status, body } = await request(hub.tokenForm(assertion));
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(body.access_token).toBeUndefined();
  expect(['invalid_client', 'invalid_request']).toContain(body.error);
}

describe('token endpoint', () => {
  it('gives a member a token that names it, for five minutes', async () => {
    const assertion = await createClientAssertion({ clientId: 'alice', issuer: hub.url, key: alice.auth });
    const key = generateSigningKey();
    const dpop = await createDpopProof({ key, method: 'POST', url: `${hub.url}/oauth/token` });
    const response = await hub.requestToken(hub.tokenForm(assertion), { dpop });
    const body = (await response.json()) as Record<string, unknown>;
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(response.headers.get('x-request-id')).toMatch(/^[\w.-]+$/);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'DPoP',
      expires_in: 300,
      scope: 'cairn',
    });
    const token = body['access_token'];
    const verified = await verifyJsonJws({
      token,
      typ: 'at+jwt',
      key: hub.tokenKey.publicKey,
      maxBytes: 2048,
    });
    if (!verified.ok) throw new Error(verified.message);
    const { iat, exp, jti, ...rest } = verified.claims;
    expect(Number(exp) - Number(iat)).toBe(300);
    expect(jti).toEqual(expect.any(String));
    expect(rest).toEqual({
      iss: hub.url,
      aud: `${hub.url}/graphql`,
      sub: 'alice',
      client_id: 'alice',
      scope: 'cairn',
      auth_key: alice.auth.publicKey.kid,
      cnf: { jkt: key.publicKey.kid },
    });
  });

  describe('when the assertion is not what it should be', () => {
    it.each<[string, () => Promise<string> | string]>([
      ['alg none', () => craft(header(alice, { alg: 'none' }), claims(alice), () => Buffer.alloc(0))],
      ['alg None', () => craft(header(alice, { alg: 'None' }), claims(alice), () => Buffer.alloc(0))],
      ['alg nOnE', () => craft(header(alice, { alg: 'nOnE' }), claims(alice), () => Buffer.alloc(0))],
      [
        'HS256 under the public key',
        () =>
          craft(header(alice, { alg: 'HS256' }), claims(alice), (input) =>
            createHmac('sha256', alice.auth.publicKey.jwk).update(input).digest(),
          ),
      ],
      [
        'the deprecated name EdDSA',
        () => craft(header(alice, { alg: 'EdDSA' }), claims(alice), bySigning(alice.auth)),
      ],
      [
        'another algorithm than the key',
        () => craft(header(alice, { alg: 'ES256' }), claims(alice), bySigning(alice.auth)),
      ],
      ['no alg', () => craft(header(alice, { alg: undefined }), claims(alice), bySigning(alice.auth))],
      ['no kid', () => craft(header(alice, { kid: undefined }), claims(alice), bySigning(alice.auth))],
      ['no typ', () => craft(header(alice, { typ: undefined }), claims(alice), bySigning(alice.auth))],
      ['typ JWT', () => craft(header(alice, { typ: 'JWT' }), claims(alice), bySigning(alice.auth))],
      [
        'a key of its own in the header',
        () => {
          const own = generateSigningKey();
          const jwk = JSON.parse(own.publicKey.jwk) as object;
          return craft(header(alice, { jwk, kid: own.publicKey.kid }), claims(alice), bySigning(own));
        },
      ],
      [
        'a URL for the key',
        () => craft(header(alice, { jku: 'http://127.0.0.1:1/' }), claims(alice), bySigning(alice.auth)),
      ],
      [
        'a critical extension',
        () => craft(header(alice, { crit: ['b64'], b64: false }), claims(alice), bySigning(alice.auth)),
      ],
      [
        'kid as a path',
        () => craft(header(alice, { kid: '../../dev/null' }), claims(alice), bySigning(alice.auth)),
      ],
      [
        'kid as SQL',
        () => craft(header(alice, { kid: "' OR 1=1 --" }), claims(alice), bySigning(alice.auth)),
      ],
      ['an array as audience', () => assertionOf(alice, { aud: [hub.url] })],
      ['two audiences', () => assertionOf(alice, { aud: [hub.url, 'http://other.test'] })],
      ['a slash at the end of the audience', () => assertionOf(alice, { aud: `${hub.url}/` })],
      ['the token endpoint as audience', () => assertionOf(alice, { aud: `${hub.url}/oauth/token` })],
      ['another audience', () => assertionOf(alice, { aud: 'http://other.test' })],
      ['no audience', () => assertionOf(alice, { aud: null })],
      ['an end that has passed', () => assertionOf(alice, { iat: now() - 120, exp: now() - 60 })],
      ['too long a life', () => assertionOf(alice, { exp: now() + 301 })],
      ['no end', () => assertionOf(alice, { exp: null })],
      ['a beginning in the future', () => assertionOf(alice, { iat: now() + 120, exp: now() + 180 })],
      ['no jti', () => assertionOf(alice, { jti: null })],
      ['another issuer', () => assertionOf(alice, { iss: 'bob' })],
      ['another subject', () => assertionOf(alice, { sub: 'bob' })],
      ['a key of purpose signing', () => assertionOf(alice, {}, alice.signing)],
      ['a key of another member', () => assertionOf(alice, {}, bob.auth)],
      ['a key nobody registered', () => assertionOf(alice, {}, generateSigningKey())],
      ['an unknown client', () => assertionOf({ ...alice, name: 'nobody' })],
      ['a client whose name is SQL', () => assertionOf({ ...alice, name: "' OR ''='" })],
      ['a client whose name holds a NUL', () => assertionOf({ ...alice, name: 'ali\u0000ce' })],
      ['a client whose name is no text', () => assertionOf(alice, { sub: { a: 1 } })],
      ['a padded signature', async () => `${await assertionOf(alice)}==`],
      ['white space behind', async () => `${await assertionOf(alice)}\n`],
      ['a changed signature', async () => (await assertionOf(alice)).replace(/.{8}$/, 'AAAAAAAA')],
      ['other spare bits', async () => respell(await assertionOf(alice))],
      ['no token', () => 'x'],
      ['nothing at all', () => ''],
    ])('refuses %s', async (_name, make) => {
      await expectRefused(await make());
    });

    it('says the same whether the client is unknown, inactive or used another key', async () => {
      const answers = await Promise.all(
        [
          await assertionOf({ ...alice, name: 'nobody' }),
          await assertionOf(alice, {}, bob.auth),
          await assertionOf(alice, { aud: 'http://other.test' }),
        ].map((assertion) => request(hub.tokenForm(assertion))),
      );
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    });

    it('refuses duplicate members in the payload', async () => {
      const payload = JSON.stringify(claims(alice)).replace('{', '{"iss":"bob",');
      const payloadBytes = Buffer.from(payload);
      await expectRefused(
        await signCompactJws({ typ: CLIENT_ASSERTION_TYP, payload: payloadBytes, key: alice.auth }),
      );
    });

    it('cannot be widened by the Host header', async () => {
      const assertion = await assertionOf(alice, { aud: 'http://evil.test/oauth/token' });
      const headers = { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'http' };
      expect((await request(hub.tokenForm(assertion), headers)).status).toBe(401);
    });

    it('has logged nothing of any of them', () => {
      expect(hub.log.join('')).not.toMatch(/eyJ|OR 1=1/);
    });
  });

  describe('when an assertion is used again', () => {
    it('takes it once', async () => {
      const form = hub.tokenForm(await assertionOf(alice));
      expect((await request(form)).status).toBe(200);
      expect((await request(form)).status).toBe(401);
    });

    it('takes it once of many requests at the same time', async () => {
      for (let round = 0; round < 5; round++) {
        const form = hub.tokenForm(await assertionOf(alice));
        const statuses = await Promise.all(
          Array.from({ length: 20 }, async () => (await request(form)).status),
        );
        expect(statuses.sort()).toEqual([200, ...Array<number>(19).fill(401)]);
      }
    });

    it('keeps apart the jtis of members', async () => {
      const jti = randomBytes(16).toString('hex');
      expect((await request(hub.tokenForm(await assertionOf(alice, { jti })))).status).toBe(200);
      expect((await request(hub.tokenForm(await assertionOf(bob, { jti })))).status).toBe(200);
    });

    it('does not spend the jti of a member for whoever cannot sign', async () => {
      const jti = randomBytes(16).toString('hex');
      await expectRefused(await assertionOf(alice, { jti }, bob.auth));
      expect((await request(hub.tokenForm(await assertionOf(alice, { jti })))).status).toBe(200);
    });

    it('stores digests only, and forgets them when they have expired', async () => {
      const jti = randomBytes(16).toString('hex');
      await request(hub.tokenForm(await assertionOf(alice, { jti })));
      const { admin, worker } = hub.database;
      const rows = await admin.read('look', 'system:test', (tx) =>
        tx.query<{ text: string; id: string }>('SELECT t::text AS text, id FROM cairn.token_state t'),
      );
      expect(rows.every(({ text, id }) => !text.includes(jti) && /^[0-9a-f]{64}$/.test(id))).toBe(true);
      expect(await forgetExpiredAssertions(worker)).toBe(0);
      await admin.transaction('age', 'system:test', (tx) =>
        tx.query(`UPDATE cairn.token_state SET expires_at = now() - interval '1 second'`),
      );
      expect(await forgetExpiredAssertions(worker)).toBe(rows.length);
    });
  });

  describe('when the request is not what it should be', () => {
    const refused: [
      string,
      (form: Record<string, string>) => Record<string, string> | [string, string][],
      string,
    ][] = [
      ['another grant', (form) => ({ ...form, grant_type: 'authorization_code' }), 'unsupported_grant_type'],
      ['a refresh', (form) => ({ ...form, grant_type: 'refresh_token' }), 'unsupported_grant_type'],
      ['no grant', (form) => without(form, 'grant_type'), 'invalid_request'],
      ['another scope', (form) => ({ ...form, scope: 'admin' }), 'invalid_scope'],
      ['more scope', (form) => ({ ...form, scope: 'cairn admin' }), 'invalid_scope'],
      ['no scope', (form) => without(form, 'scope'), 'invalid_scope'],
      ['another resource', (form) => ({ ...form, resource: 'http://other.test/graphql' }), 'invalid_target'],
      [
        'two resources',
        (form) => [...Object.entries(form), ['resource', 'http://other.test/']],
        'invalid_target',
      ],
      ['a resource that is no URL', (form) => ({ ...form, resource: 'graphql' }), 'invalid_target'],
      [
        'another kind of assertion',
        (form) => ({ ...form, client_assertion_type: 'saml' }),
        'invalid_request',
      ],
      ['no kind of assertion', (form) => without(form, 'client_assertion_type'), 'invalid_request'],
      ['no assertion', (form) => without(form, 'client_assertion'), 'invalid_request'],
      ['two assertions', (form) => [...Object.entries(form), ['client_assertion', 'x']], 'invalid_request'],
      [
        'two grants',
        (form) => [...Object.entries(form), ['grant_type', 'client_credentials']],
        'invalid_request',
      ],
      ['two scopes', (form) => [...Object.entries(form), ['scope', 'cairn']], 'invalid_scope'],
      ['another client_id', (form) => ({ ...form, client_id: 'bob' }), 'invalid_request'],
    ];
    it.each(refused)('refuses %s', async (_name, change, error) => {
      const { status, body } = await request(change(hub.tokenForm(await assertionOf(alice))));
      expect({ status: status >= 400 && status < 500, error: body.error }).toEqual({ status: true, error });
    });

    it('passes over parameters it does not know', async () => {
      const form = {
        ...hub.tokenForm(await assertionOf(alice)),
        client_id: 'alice',
        foo: 'bar',
        client_secret: 'x',
      };
      expect((await request(form)).status).toBe(200);
    });

    it('takes no password, alone or beside an assertion', async () => {
      const basic = { authorization: `Basic ${Buffer.from('alice:secret').toString('base64')}` };
      const form = hub.tokenForm(await assertionOf(alice));
      expect((await request(form, basic)).body.access_token).toBeUndefined();
      const bare = { grant_type: 'client_credentials', scope: 'cairn' };
      expect((await request(bare, basic)).body.access_token).toBeUndefined();
      expect(
        (await request({ ...bare, client_id: 'alice', client_secret: 'x' })).body.access_token,
      ).toBeUndefined();
      expect((await request({ ...bare, client_id: 'alice' })).body.access_token).toBeUndefined();
    });

    it('takes no JSON and no endless body', async () => {
      const url = `${hub.url}/oauth/token`;
      const json = { 'content-type': 'application/json' };
      const body = JSON.stringify(hub.tokenForm(await assertionOf(alice)));
      expect((await fetch(url, { method: 'POST', headers: json, body })).status).toBe(400);
      const long = await fetch(url, {
        method: 'POST',
        body: new URLSearchParams({ x: 'x'.repeat(100_000) }),
      });
      expect(long.status).toBe(400);
      expect((await fetch(url, { method: 'POST' })).status).toBe(400);
    });

    it('is counted like any other request', async () => {
      await hub.token(alice);
      const metrics = await (await fetch(`${hub.url}/metrics`)).text();
      expect(metrics).toMatch(/_count\{method="POST",route="\/oauth\/token",code="200"\} [1-9]/);
      expect(metrics).toMatch(/_count\{method="POST",route="\/oauth\/token",code="401"\} [1-9]/);
    });

    it('answers browsers in JSON too', async () => {
      const { body } = await request({ grant_type: 'client_credentials' }, { accept: 'text/html' });
      expect(body).toHaveProperty('error');
    });
  });

  describe('when a key or a member loses its standing', () => {
    it('refuses the key from the moment its revocation is applied, and the tokens it got before', async () => {
      const token = await hub.token(bob);
      const me = { query: '{ me { member } }' };
      expect((await hub.post(JSON.stringify(me), await token.headers())).body.data).toEqual({
        me: { member: 'bob' },
      });
      await hub.revoke(bob, bob.auth);
      await hub.settle();
      await expectRefused(await assertionOf(bob));
      const answer = await hub.post(JSON.stringify(me), await token.headers());
      expect([answer.status, answer.body.errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    });

    it('refuses a suspended member and the tokens it got before', async () => {
      const token = await hub.token(mallory);
      await hub.suspend(mallory);
      await hub.settle();
      await expectRefused(await assertionOf(mallory));
      const answer = await hub.post('{"query":"{ me { member } }"}', await token.headers());
      expect([answer.status, answer.body.data]).toEqual([401, undefined]);
    });

    it('refuses a key whose registration is not logged yet', async () => {
      const carol = await hub.admit('carol');
      await expectRefused(await assertionOf(carol));
      await hub.settle();
      expect((await request(hub.tokenForm(await assertionOf(carol)))).status).toBe(200);
    });
  });
});
