import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { b64, forge, testKeys } from './jws.arbitrary.js';
import { createDpopProof, DPOP_PROOF_TYP, tokenDigest } from './dpop-proof.js';
import { writePrivateJwk } from './signing-key.js';
import { verifyEmbeddedJws } from './verify-jws.js';

const key = testKeys.Ed25519;
const verify = (token: unknown) => verifyEmbeddedJws({ token, typ: DPOP_PROOF_TYP, maxBytes: 4096 });
const jwkOf = ({ publicKey } = key): object => JSON.parse(publicKey.jwk) as object;
const header = (change: object = {}): object => ({
  alg: 'Ed25519',
  jwk: jwkOf(),
  typ: DPOP_PROOF_TYP,
  ...change,
});

describe('createDpopProof', () => {
  it.each(Object.values(testKeys))('says method, URL and time under its own key', async (own) => {
    const url = 'https://hub.example/graphql?a=1#b';
    const verified = await verify(await createDpopProof({ key: own, method: 'POST', url, now: 5 }));
    expect(verified).toEqual({
      ok: true,
      key: own.publicKey,
      claims: {
        jti: expect.stringMatching(/^[\w-]{22}$/),
        htm: 'POST',
        htu: 'https://hub.example/graphql',
        iat: 5,
      },
    });
  });

  it('names the access token by its digest, and the nonce', async () => {
    const url = 'https://hub.example/graphql';
    const proof = await createDpopProof({ key, method: 'POST', url, accessToken: 'token', nonce: 'n' });
    const ath = createHash('sha256').update('token').digest('base64url');
    expect(tokenDigest('token')).toBe(ath);
    expect(await verify(proof)).toMatchObject({ ok: true, claims: { ath, nonce: 'n' } });
  });

  it('shows nothing of the private key', async () => {
    const proof = await createDpopProof({ key, method: 'POST', url: 'https://hub.example/' });
    expect(
      Object.keys(
        (JSON.parse(Buffer.from(proof.split('.')[0]!, 'base64url').toString()) as { jwk: object }).jwk,
      ),
    ).toEqual(['crv', 'kty', 'x']);
  });

  it('never makes the same one twice', async () => {
    const options = { key, method: 'POST', url: 'https://hub.example/', now: 5 };
    expect(await createDpopProof(options)).not.toBe(await createDpopProof(options));
  });
});

describe('verifyEmbeddedJws', () => {
  it('takes a key that it has seen before as it took it the first time', async () => {
    for (let time = 0; time < 3; time++) expect((await verify(forge(header()))).ok).toBe(true);
    expect((await verify(forge(header(), '{}', testKeys.ES256))).ok).toBe(false);
  });

  it.each<[string, object, string]>([
    ['alg none', { alg: 'none' }, 'WRONG_ALG'],
    ['HS256', { alg: 'HS256' }, 'WRONG_ALG'],
    ['RS256', { alg: 'RS256' }, 'WRONG_ALG'],
    ['EdDSA', { alg: 'EdDSA' }, 'WRONG_ALG'],
    ['the algorithm of another kind of key', { alg: 'ES256' }, 'WRONG_ALG'],
    ['no alg', { alg: undefined }, 'INVALID_HEADER'],
    ['no typ', { typ: undefined }, 'INVALID_HEADER'],
    ['typ JWT', { typ: 'JWT' }, 'WRONG_TYP'],
    ['typ in capitals', { typ: 'DPOP+JWT' }, 'WRONG_TYP'],
    ['the typ as a media type', { typ: 'application/dpop+jwt' }, 'WRONG_TYP'],
    ['no key', { jwk: undefined }, 'INVALID_HEADER'],
    ['a key as text', { jwk: JSON.stringify(jwkOf()) }, 'INVALID_HEADER'],
    ['kid beside the key', { kid: key.publicKey.kid }, 'FORBIDDEN_HEADER'],
    ['crit', { crit: ['b64'] }, 'FORBIDDEN_HEADER'],
    ['jku', { jku: 'https://evil.example' }, 'FORBIDDEN_HEADER'],
    ['the private key', { jwk: JSON.parse(writePrivateJwk(key)) as object }, 'INVALID_KEY'],
    ['an unknown member of the key', { jwk: { ...jwkOf(), x5u: 'https://evil.example' } }, 'INVALID_KEY'],
    ['a symmetric key', { jwk: { kty: 'oct', k: 'AAAA' } }, 'INVALID_KEY'],
    ['an RSA key', { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } }, 'INVALID_KEY'],
    ['a key of small order', { jwk: { kty: 'OKP', crv: 'Ed25519', x: b64(smallOrder()) } }, 'INVALID_KEY'],
    ['the key of somebody else', { jwk: jwkOf(testKeys.ES256), alg: 'ES256' }, 'BAD_SIGNATURE'],
  ])('refuses %s', async (_name, change, code) => {
    expect(await verify(forge(header(change)))).toMatchObject({ ok: false, code });
  });

  it('refuses HS256 under the text of the public key', async () => {
    const input = `${b64(JSON.stringify(header({ alg: 'HS256' })))}.${b64('{}')}`;
    const mac = createHmac('sha256', key.publicKey.jwk).update(input).digest('base64url');
    expect((await verify(`${input}.${mac}`)).ok).toBe(false);
  });

  it('refuses a signature that fits any message under a key of small order', async () => {
    // R is the identity and S is zero.
    const forged = { jwk: { kty: 'OKP', crv: 'Ed25519', x: b64(smallOrder()) } };
    const signature = Buffer.concat([smallOrder(), Buffer.alloc(32)]).toString('base64url');
    const token = `${b64(JSON.stringify(header(forged)))}.${b64('{}')}.${signature}`;
    for (let time = 0; time < 2; time++) expect(await verify(token)).toMatchObject({ code: 'INVALID_KEY' });
  });

  it('refuses what is no compact token, or is too long', async () => {
    for (const token of [undefined, null, 7, '', 'a.b.c', `${forge(header())}, ${forge(header())}`]) {
      expect((await verify(token)).ok).toBe(false);
    }
    expect(await verify(forge(header(), JSON.stringify({ a: 'x'.repeat(4096) })))).toMatchObject({
      code: 'TOO_LARGE',
    });
    expect(await verify(forge(header(), '{"a":1,"a":2}'))).toMatchObject({ code: 'INVALID_PAYLOAD' });
  });

  it('repeats nothing of the token when it refuses', async () => {
    const refused = await verify(forge(header({ secret: 'secret', jwk: { d: 'secret' } })));
    expect(JSON.stringify(refused)).not.toContain('secret');
  });
});

/** The identity: y is 1. */
function smallOrder(): Buffer {
  const point = Buffer.alloc(32);
  point[0] = 1;
  return point;
}
