import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refusalOf } from '../refusal.arbitrary.js';
import { jwkThumbprint, readJwk } from './jwk.js';
import { anyJwk } from './statement.arbitrary.js';
import type { PublicJwk } from './statement.js';

/** RFC 8037, appendix A.2 and A.3. */
const ED25519: PublicJwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
/** RFC 7517, appendix A.1. */
const P256: PublicJwk = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
};

describe('jwkThumbprint', () => {
  it('is the one of RFC 8037, appendix A.3', () => {
    expect(jwkThumbprint(ED25519)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it('is SHA-256 over the required members by name, whatever their order', () => {
    fc.assert(
      fc.property(anyJwk, (jwk) => {
        const names = jwk.kty === 'OKP' ? ['crv', 'kty', 'x'] : ['crv', 'kty', 'x', 'y'];
        const text = `{${names.map((name) => `"${name}":"${(jwk as Record<string, string>)[name]!}"`).join(',')}}`;
        const expected = createHash('sha256').update(text).digest('base64url');
        expect(jwkThumbprint(jwk)).toBe(expected);
        expect(jwkThumbprint(Object.fromEntries(Object.entries(jwk).reverse()) as PublicJwk)).toBe(expected);
      }),
    );
  });
});

describe('readJwk', () => {
  describe('when the key has exactly its public members', () => {
    it('gives them', () => {
      fc.assert(
        fc.property(anyJwk, (jwk) => {
          expect(readJwk({ ...jwk }, 'jwk')).toEqual(jwk);
        }),
      );
    });
  });

  describe('when it has not', () => {
    const withoutY = { kty: P256.kty, crv: P256.crv, x: P256.x };
    it.each<[string, string, unknown]>([
      ['BAD_FIELD', 'jwk', 'key'],
      ['MISSING_FIELD', 'jwk.kty', {}],
      ['BAD_FIELD', 'jwk.kty', { ...ED25519, kty: 'RSA' }],
      ['BAD_FIELD', 'jwk.crv', { ...ED25519, crv: 'X25519' }],
      ['BAD_FIELD', 'jwk.crv', { ...P256, crv: 'P-384' }],
      ['BAD_FIELD', 'jwk.x', { ...ED25519, x: 'AA' }],
      ['BAD_FIELD', 'jwk.x', { ...ED25519, x: `${ED25519.x.slice(0, 42)}p` }],
      ['BAD_FIELD', 'jwk.y', { ...P256, y: 5 }],
      ['MISSING_FIELD', 'jwk.y', withoutY],
      ['UNKNOWN_FIELD', 'jwk.y', { ...ED25519, y: P256.y }],
      ['UNKNOWN_FIELD', 'jwk.d', { ...ED25519, d: ED25519.x }],
      ['UNKNOWN_FIELD', 'jwk.alg', { ...ED25519, alg: 'Ed25519' }],
    ])('refuses with %s of %s', (code, field, jwk) => {
      expect(refusalOf(() => readJwk(jwk, 'jwk'))).toEqual({ code, field });
    });
  });
});
