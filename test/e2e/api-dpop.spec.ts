import { createHmac, sign } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { forgetUsedProofs } from '#libs/access/upkeep';
import {
  createClientAssertion,
  createDpopProof,
  generateSigningKey,
  tokenDigest,
  writePrivateJwk,
  type SigningKey,
} from '#libs/keys';
import type { BoundToken } from '#test/bound-token';
import { TestHub, type TestMember } from './api-hub.js';
import { now } from './api-tampering.js';

const ME = '{"query":"{ me { member } }"}';
const IDENTITY = Buffer.alloc(32).fill(1, 0, 1);

let hub: TestHub;
let alice: TestMember;
let token: BoundToken;
beforeAll(async () => {
  hub = await TestHub.start();
  alice = await hub.admit('alice');
  await hub.settle();
  token = await hub.token(alice);
});
afterAll(() => hub?.close());

/** Status and error code of an answer of the API, and whether it told who asked. */
async function ask(headers: Record<string, string>): Promise<[number, string | null]> {
  const { status, headers: shown, body } = await hub.post(ME, headers);
  const [, error = null] =
    /^DPoP error="([a-z_]+)", algs="Ed25519 ES256"$/.exec(shown.get('www-authenticate') ?? '') ?? [];
  if (status === 200) expect(body.data).toEqual({ me: { member: 'alice' } });
  else expect([body.data, body.errors?.[0]?.extensions.code]).toEqual([undefined, 'UNAUTHENTICATED']);
  return [status, error];
}

const withProof = (dpop: string): Record<string, string> => ({ authorization: `DPoP ${token.text}`, dpop });

/** A proof like an honest one but for what `header` and `claims` replace, signed all the same. */
function craft(header: object, claims: object = {}, mark?: (input: Buffer) => Buffer): string {
  const { publicKey, privateKey } = token.key;
  const honest = {
    jti: `crafted-${Math.random()}-${Math.random()}`,
    htm: 'POST',
    htu: `${hub.url}/graphql`,
    iat: now(),
    ath: tokenDigest(token.text),
  };
  const jwk = JSON.parse(publicKey.jwk) as object;
  const parts = [
    { alg: 'Ed25519', jwk, typ: 'dpop+jwt', ...header },
    { ...honest, ...claims },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const input = Buffer.from(parts.join('.'));
  const signature = mark === undefined ? sign(null, input, privateKey) : mark(input);
  return `${parts.join('.')}.${signature.toString('base64url')}`;
}

describe('a token that is bound to a key', () => {
  it('lets its owner in, with a new proof each time', async () => {
    expect(await ask(await token.headers())).toEqual([200, null]);
    expect(await ask(await token.headers())).toEqual([200, null]);
    expect(await ask(withProof(craft({})))).toEqual([200, null]);
  });

  it('is worth nothing without its key', async () => {
    expect(await ask({ authorization: `DPoP ${token.text}` })).toEqual([401, 'invalid_token']);
  });

  it('is worth nothing with another key', async () => {
    const key = generateSigningKey();
    const proof = { method: 'POST', url: `${hub.url}/graphql`, accessToken: token.text };
    expect(await ask(withProof(await createDpopProof({ ...proof, key })))).toEqual([401, 'invalid_token']);
    expect(await ask(withProof(await createDpopProof({ ...proof, key: alice.auth })))).toEqual([
      401,
      'invalid_token',
    ]);
  });

  it('is no bearer token, with or without a proof', async () => {
    const authorization = `Bearer ${token.text}`;
    expect(await ask({ authorization })).toEqual([401, 'invalid_token']);
    expect(await ask({ authorization, dpop: await token.proof() })).toEqual([401, 'invalid_token']);
  });

  it('does not widen what a proof alone can do', async () => {
    const { status, headers } = await hub.post(ME, { dpop: await token.proof() });
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'DPoP algs="Ed25519 ES256"']);
  });
});

describe('a proof', () => {
  it('counts once', async () => {
    const proof = await token.proof();
    expect(await ask(withProof(proof))).toEqual([200, null]);
    for (let time = 0; time < 3; time++)
      expect(await ask(withProof(proof))).toEqual([401, 'invalid_dpop_proof']);
  });

  it('counts once of many at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const proof = await token.proof();
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(withProof(proof))));
      expect(answers.filter(([status]) => status === 200)).toHaveLength(1);
      expect(answers.filter(([, error]) => error === 'invalid_dpop_proof')).toHaveLength(19);
    }
  });

  it('is not another one for another spelling of its signature', async () => {
    const [header, payload, signature] = (await token.proof()).split('.') as [string, string, string];
    expect(await ask(withProof(`${header}.${payload}.${signature}`))).toEqual([200, null]);
    for (const text of [`${signature}==`, `${signature}=`]) {
      expect(await ask(withProof(`${header}.${payload}.${text}`))).toEqual([401, 'invalid_dpop_proof']);
    }
  });

  it.each([
    [-75, 'invalid_dpop_proof'],
    [-50, null],
    [0, null],
    [5, null],
    [20, 'invalid_dpop_proof'],
  ])('of %d seconds from now: %s', async (offset, error) => {
    expect(await ask(withProof(await token.proof(now() + offset)))).toEqual([
      error === null ? 200 : 401,
      error,
    ]);
  });

  it.each<[string, () => string | Promise<string>]>([
    ['for another URL', () => craft({}, { htu: `${hub.url}/oauth/token` })],
    ['for another hub', () => craft({}, { htu: 'https://other.example/graphql' })],
    ['for no URL', () => craft({}, { htu: undefined })],
    ['for a URL that is no text', () => craft({}, { htu: [`${hub.url}/graphql`] })],
    ['for another method', () => craft({}, { htm: 'GET' })],
    ['for no method', () => craft({}, { htm: undefined })],
    ['without the time', () => craft({}, { iat: undefined })],
    ['with the time as text', () => craft({}, { iat: String(now()) })],
    ['with a fraction of the time', () => craft({}, { iat: now() + 0.5 })],
    ['without ath', () => craft({}, { ath: undefined })],
    ['with the digest of another token', () => craft({}, { ath: tokenDigest('other') })],
    ['with the token itself as ath', () => craft({}, { ath: token.text })],
    ['without jti', () => craft({}, { jti: undefined })],
    ['with a short jti', () => craft({}, { jti: 'short' })],
    ['with an endless jti', () => craft({}, { jti: 'x'.repeat(129) })],
    ['with NUL in jti', () => craft({}, { jti: '0123456789abcdef\u0000' })],
    ['with a jti that is a number', () => craft({}, { jti: 1_234_567_890_123_456 })],
    ['of typ JWT', () => craft({ typ: 'JWT' })],
    ['of no typ', () => craft({ typ: undefined })],
    ['of typ at+jwt', () => craft({ typ: 'at+jwt' })],
    ['with alg none', () => craft({ alg: 'none' }, {}, () => Buffer.alloc(0))],
    [
      'with HS256 under the public key',
      () =>
        craft({ alg: 'HS256' }, {}, (input) =>
          createHmac('sha256', token.key.publicKey.jwk).update(input).digest(),
        ),
    ],
    ['with RS256', () => craft({ alg: 'RS256' })],
    ['with EdDSA', () => craft({ alg: 'EdDSA' })],
    ['with the private key in it', () => craft({ jwk: JSON.parse(writePrivateJwk(token.key)) as object })],
    [
      'under a key of small order',
      () =>
        craft({ jwk: { kty: 'OKP', crv: 'Ed25519', x: IDENTITY.toString('base64url') } }, {}, () =>
          Buffer.concat([IDENTITY, Buffer.alloc(32)]),
        ),
    ],
    ['under no key', () => craft({ jwk: undefined })],
    ['under a key elsewhere', () => craft({ jku: 'http://127.0.0.1:1/' })],
    ['with a critical extension', () => craft({ crit: ['exp'] })],
    ['with a signature of another', () => craft({}, {}, (input) => sign(null, input, alice.auth.privateKey))],
    ['in two parts', () => craft({}).split('.').slice(0, 2).join('.')],
    ['twice in one header', () => `${craft({})}, ${craft({})}`],
    [
      'that is a client assertion',
      () => createClientAssertion({ clientId: 'alice', issuer: hub.url, key: alice.auth }),
    ],
    ['that is empty', () => ''],
    ['that is endless', () => craft({}, { more: 'x'.repeat(4096) })],
  ])('%s is refused', async (_name, make) => {
    expect(await ask(withProof(await make()))).toEqual([401, 'invalid_dpop_proof']);
  });

  it('may not be one of two', async () => {
    const proofs = [await token.proof(), await token.proof()];
    expect(await askWithHeaders(proofs)).toEqual([
      401,
      'DPoP error="invalid_dpop_proof", algs="Ed25519 ES256"',
    ]);
    expect((await askWithHeaders([proofs[0]!]))[0]).toBe(200);
  });

  it('is for the public URL, whatever the Host header says', async () => {
    const foreign = craft({}, { htu: 'http://evil.example/graphql' });
    expect(await ask({ ...withProof(foreign), 'x-forwarded-host': 'evil.example' })).toEqual([
      401,
      'invalid_dpop_proof',
    ]);
    expect((await askWithHeaders([foreign], 'evil.example'))[0]).toBe(401);
    expect((await askWithHeaders([await token.proof()], 'evil.example'))[0]).toBe(200);
  });

  it('is remembered by its digest only, while it could be shown again, for members in good standing', async () => {
    const { admin, worker } = hub.database;
    const count = () =>
      admin.read('look', 'system:test', async (tx) => {
        const rows = await tx.query<{ n: number }>('SELECT count(*)::integer AS n FROM cairn.used_proof');
        return rows[0]!.n;
      });
    const before = await count();
    await ask({ authorization: `DPoP ${token.text}x`, dpop: await token.proof() });
    await hub.post(ME, { dpop: await token.proof() });
    await ask(withProof(craft({}, { htm: 'GET' })));
    expect(await count()).toBe(before);
    await ask(await token.headers());
    expect(await count()).toBe(before + 1);
    expect(await forgetUsedProofs(worker)).toBe(0);
    await admin.transaction('age', 'system:test', (tx) =>
      tx.query(`UPDATE cairn.used_proof SET expires_at = now() - interval '1 second'`),
    );
    expect(await forgetUsedProofs(worker)).toBe(before + 1);
  });

  it('has left nothing in the log', () => {
    expect(hub.log.join('')).not.toMatch(/eyJ/);
  });

  /** By hand: `fetch` joins headers of one name. */
  async function askWithHeaders(proofs: string[], host?: string): Promise<[number, string | undefined]> {
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': String(ME.length),
        authorization: `DPoP ${token.text}`,
        dpop: proofs,
        ...(host === undefined ? {} : { host }),
      };
      const request = httpRequest(`${hub.url}/graphql`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve([response.statusCode!, response.headers['www-authenticate']]);
      });
      request.once('error', reject).end(ME);
    });
  }
});

describe('the memory of proofs', () => {
  const memory = (sql: string) =>
    hub.database.admin.transaction('crash', 'system:test', (tx) => tx.query(sql));

  describe('when it has been lost', () => {
    it('takes no proof that may have been used before, and says how to make one that cannot', async () => {
      const [used, unused] = [await token.proof(), await token.proof()];
      expect(await ask(withProof(used))).toEqual([200, null]);
      await memory('TRUNCATE cairn.used_proof, cairn.proof_epoch');
      const answers = await Promise.all([used, unused, used].map((proof) => ask(withProof(proof))));
      expect(answers).toEqual(Array(3).fill([401, 'use_dpop_nonce']));
      const { headers } = await hub.post(ME, withProof(unused));
      const nonce = headers.get('dpop-nonce')!;
      expect(await ask(withProof(craft({}, { nonce: 'another' })))).toEqual([401, 'use_dpop_nonce']);
      const proof = craft({}, { nonce });
      expect(await ask(withProof(proof))).toEqual([200, null]);
      expect(await ask(withProof(proof))).toEqual([401, 'invalid_dpop_proof']);
      expect((await token.post(ME)).status).toBe(200);
    });

    it('asks for no nonce once every proof of the time before is too old', async () => {
      await memory(`UPDATE cairn.proof_epoch SET began_at = now() - interval '129 seconds'`);
      expect(await ask(withProof(craft({})))).toEqual([401, 'use_dpop_nonce']);
      await memory(`UPDATE cairn.proof_epoch SET began_at = now() - interval '131 seconds'`);
      expect(await ask(withProof(craft({})))).toEqual([200, null]);
      expect(await ask(withProof(craft({}, { nonce: 'of long ago' })))).toEqual([401, 'invalid_dpop_proof']);
      expect(await ask(withProof(craft({}, { nonce: 'of-long-ago' })))).toEqual([200, null]);
    });
  });
});

describe('the token endpoint', () => {
  const proofFor = (key: SigningKey, change: { url?: string; method?: string; now?: number } = {}) =>
    createDpopProof({ key, method: 'POST', url: `${hub.url}/oauth/token`, ...change });

  async function request(dpop: string | undefined): Promise<[number, string | undefined]> {
    const { name: clientId, auth: key } = alice;
    const assertion = await createClientAssertion({ clientId, issuer: hub.url, key });
    const response = await fetch(`${hub.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(hub.tokenForm(assertion)),
      headers: dpop === undefined ? {} : { dpop },
    });
    return [response.status, ((await response.json()) as { error?: string }).error];
  }

  it('gives no token without a proof', async () => {
    expect(await request(undefined)).toEqual([400, 'invalid_dpop_proof']);
  });

  it('takes both algorithms', async () => {
    for (const alg of ['Ed25519', 'ES256'] as const) {
      expect(await request(await proofFor(generateSigningKey(alg)))).toEqual([200, undefined]);
    }
  });

  it('takes a proof once, also of many at the same time, whoever asks', async () => {
    const proof = await proofFor(generateSigningKey());
    const answers = await Promise.all(Array.from({ length: 10 }, () => request(proof)));
    expect(answers.filter(([status]) => status === 200)).toHaveLength(1);
    expect(answers.filter(([, error]) => error === 'invalid_dpop_proof')).toHaveLength(9);
  });

  it.each<[string, () => Promise<string>]>([
    ['for the API', () => proofFor(generateSigningKey(), { url: `${hub.url}/graphql` })],
    ['for another hub', () => proofFor(generateSigningKey(), { url: 'https://other.example/oauth/token' })],
    ['for another method', () => proofFor(generateSigningKey(), { method: 'GET' })],
    ['that is too old', () => proofFor(generateSigningKey(), { now: now() - 75 })],
    ['from the future', () => proofFor(generateSigningKey(), { now: now() + 20 })],
    ['that is no token', () => Promise.resolve('x')],
    ['twice', async () => `${await proofFor(generateSigningKey())}, ${await proofFor(generateSigningKey())}`],
  ])('refuses a proof %s', async (_name, make) => {
    expect(await request(await make())).toEqual([400, 'invalid_dpop_proof']);
  });

  it('stores nothing for whoever cannot authenticate', async () => {
    const proof = await proofFor(generateSigningKey());
    const assertion = await createClientAssertion({
      clientId: 'alice',
      issuer: hub.url,
      key: generateSigningKey(),
    });
    const refused = await hub.requestToken(hub.tokenForm(assertion), { dpop: proof });
    expect(refused.status).toBe(401);
    expect(await request(proof)).toEqual([200, undefined]);
  });
});
