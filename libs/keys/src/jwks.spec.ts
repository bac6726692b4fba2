import { describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, compactVerify } from 'jose';
import { parseJwks, publicJwks } from './jwks.js';
import { signCompactJws } from './sign-jws.js';
import { generateSigningKey } from './signing-key.js';

const keys = [generateSigningKey('Ed25519'), generateSigningKey('ES256')] as const;
const records = keys.map(({ publicKey }) => publicKey);
const bare = records.map(({ jwk }) => JSON.parse(jwk) as Record<string, unknown>);
const parse = (set: unknown) => parseJwks(JSON.stringify(set));

describe('publicJwks', () => {
  it('publishes what a JOSE library can use as it is', async () => {
    const set = publicJwks(records);
    expect(set.keys.map(({ kid, alg, use }) => ({ kid, alg, use }))).toEqual(
      records.map(({ kid, alg }) => ({ kid, alg, use: 'sig' })),
    );
    for (const key of keys) {
      const token = await signCompactJws({ typ: 'x', payload: { a: 1 }, key });
      await expect(
        compactVerify(token, createLocalJWKSet({ keys: [...set.keys] as never })),
      ).resolves.toBeDefined();
    }
  });
});

describe('parseJwks', () => {
  it('reads what publicJwks wrote', () => {
    expect(parse(publicJwks(records))).toEqual({ ok: true, keys: records });
    expect(parse({ keys: [] })).toEqual({ ok: true, keys: [] });
    expect(parse({ keys: bare, note: 'ignored' })).toEqual({ ok: true, keys: records });
  });

  it.each([
    ['DUPLICATE_KID', { keys: bare.map((jwk) => ({ ...jwk, kid: 'a' })) }],
    ['DUPLICATE_KEY', { keys: [bare[0], bare[1], { ...bare[0], kid: 'b' }] }],
    ['TOO_MANY_KEYS', { keys: Array.from({ length: 33 }, () => bare[0]) }],
    ['NOT_A_JWKS', []],
    ['NOT_A_JWKS', bare[0]],
    ['NOT_A_JWKS', { keys: { 0: bare[0] } }],
    ['NOT_A_JWKS', { keys: bare, padding: 'x'.repeat(65536) }],
    ['NOT_AN_OBJECT', { keys: ['key'] }],
    ['PRIVATE_MEMBER', { keys: [bare[0], { ...bare[1], d: 'AA' }] }],
  ])('refuses with %s: %j', (code, set) => {
    expect(parse(set)).toMatchObject({ ok: false, code });
  });

  it('says which key is at fault', () => {
    expect(parse({ keys: [bare[0], { kty: 'RSA' }] })).toEqual({
      ok: false,
      code: 'UNSUPPORTED_KEY_TYPE',
      field: 'keys[1]',
      message: 'keys[1]: kty: must be OKP or EC',
    });
  });

  it('refuses a member that occurs twice', () => {
    const text = JSON.stringify({ keys: bare });
    expect(parseJwks(`${text.slice(0, -1)},"keys":[]}`)).toMatchObject({
      code: 'NOT_A_JWKS',
      message: expect.stringContaining('occurs twice'),
    });
  });
});
