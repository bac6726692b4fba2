import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { calculateJwkThumbprint } from 'jose';
import { encodeBase64url } from './base64url.js';
import { gatePublicKey } from './key-gate.js';
import { KEY_FAMILIES, publicKeyObject, publicKeyRecord, readStoredPublicKey } from './public-key.js';
import { verifyCompactJws } from './verify-jws.js';

/** RFC 8037 appendix A.2 and RFC 7515 appendix A.3. */
const ed = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const ec = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};

const x25519Prime = 2n ** 255n - 19n;
const littleEndian = (value: bigint): Uint8Array =>
  Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
const bigEndian = (value: bigint): string =>
  encodeBase64url(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));
const okp = (point: Uint8Array): object => ({ kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(point) });
const code = (jwk: unknown): string => {
  const result = gatePublicKey(jwk);
  return result.ok ? 'accepted' : result.code;
};

/** Every text of 32 bytes that some decoder reads as a point of order 1, 2, 4 or 8. */
const smallOrder: ReadonlyArray<[name: string, point: Uint8Array, code: string]> = [
  ...ED25519_TORSION_SUBGROUP.map((hex, i): [string, Uint8Array, string] => [
    `canonical point ${i}`,
    Buffer.from(hex, 'hex'),
    'SMALL_ORDER_POINT',
  ]),
  ...[
    ['y = 1 with the sign bit', 1n + 2n ** 255n],
    ['y = p - 1 with the sign bit', x25519Prime - 1n + 2n ** 255n],
    ['y = p', x25519Prime],
    ['y = p with the sign bit', x25519Prime + 2n ** 255n],
    ['y = p + 1', x25519Prime + 1n],
    ['y = p + 1 with the sign bit', x25519Prime + 1n + 2n ** 255n],
  ].map(([name, value]): [string, Uint8Array, string] => [
    name as string,
    littleEndian(value as bigint),
    'INVALID_POINT',
  ]),
];

describe('gatePublicKey', () => {
  describe('when the key is sound', () => {
    it('gives the thumbprint of RFC 8037 appendix A.3 and the canonical text', () => {
      expect(gatePublicKey(ed)).toEqual({
        ok: true,
        key: {
          alg: 'Ed25519',
          kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
          jwk: `{"crv":"Ed25519","kty":"OKP","x":"${ed.x}"}`,
        },
      });
    });

    it('accepts every honest key and agrees with RFC 7638 about its thumbprint', async () => {
      // The example of RFC 7638 §3.1 is an RSA key: it vouches for the reference used here.
      expect(await calculateJwkThumbprint(rfc7638)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
      for (let i = 0; i < 40; i++) {
        const pair =
          i % 2 ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const jwk = pair.publicKey.export({ format: 'jwk' });
        const gated = gatePublicKey(jwk);
        expect(gated).toMatchObject({ ok: true, key: { alg: i % 2 ? 'Ed25519' : 'ES256' } });
        if (gated.ok) expect(gated.key.kid).toBe(await calculateJwkThumbprint(jwk));
      }
    });

    it('gives one record whatever order and metadata the key came with', () => {
      const plain = gatePublicKey(ec);
      expect(plain.ok).toBe(true);
      expect(
        gatePublicKey({
          use: 'sig',
          y: ec.y,
          kid: '../../etc/passwd',
          x: ec.x,
          alg: 'ES256',
          crv: 'P-256',
          kty: 'EC',
        }),
      ).toEqual(plain);
      expect(gatePublicKey(Object.assign(Object.create(null) as object, ec))).toEqual(plain);
    });
  });

  describe('when an Ed25519 key has small order', () => {
    it.each(smallOrder)('refuses %s', (_, point, expected) => {
      expect(code(okp(point))).toBe(expected);
    });

    it('knows all fourteen encodings', () => {
      expect(new Set(smallOrder.map(([, point]) => Buffer.from(point).toString('hex'))).size).toBe(14);
    });

    it('would otherwise let anyone sign anything', async () => {
      const identity = encodeBase64url(Buffer.from(ED25519_TORSION_SUBGROUP[0]!, 'hex'));
      const ungated = publicKeyRecord(KEY_FAMILIES[0]!, [identity]);
      const header = encodeBase64url(
        Buffer.from(JSON.stringify({ alg: 'Ed25519', kid: ungated.kid, typ: 'x+jws' })),
      );
      const signature = encodeBase64url(
        Buffer.concat([Buffer.from(identity, 'base64url'), Buffer.alloc(32)]),
      );
      const forged = `${header}.${encodeBase64url(Buffer.from('{}'))}.${signature}`;
      const verifyWith = (key: typeof ungated | null) =>
        verifyCompactJws({ token: forged, typ: 'x+jws', key: () => key, maxBytes: 1000 });
      expect(await verifyWith(ungated)).toMatchObject({ ok: true });

      const gated = gatePublicKey({ kty: 'OKP', crv: 'Ed25519', x: identity });
      expect(gated).toMatchObject({ ok: false, code: 'SMALL_ORDER_POINT' });
      expect(await verifyWith(gated.ok ? gated.key : null)).toMatchObject({ ok: false, code: 'UNKNOWN_KEY' });
    });
  });

  describe('when an Ed25519 key has a torsion part', () => {
    it('refuses it, whatever the honest part', () => {
      const torsion = ED25519_TORSION_SUBGROUP.slice(1).map((hex) => ed25519.Point.fromHex(hex));
      for (let i = 0; i < 301; i++) {
        const honest = ed25519.Point.fromBytes(ed25519.getPublicKey(randomBytes(32)));
        expect(code(okp(honest.add(torsion[i % 7]!).toBytes()))).toBe('MIXED_ORDER_POINT');
      }
    });
  });

  describe('when the encoding of an Ed25519 point is not canonical or no point', () => {
    it.each(Array.from({ length: 19 }, (_, i) => BigInt(i)))('refuses y = p + %s', (excess) => {
      expect(code(okp(littleEndian(x25519Prime + excess)))).toBe('INVALID_POINT');
      expect(code(okp(littleEndian(x25519Prime + excess + 2n ** 255n)))).toBe('INVALID_POINT');
    });

    it('refuses a y that belongs to no point', () => {
      expect(code(okp(littleEndian(2n)))).toBe('INVALID_POINT');
    });

    it('never accepts a text that is not the encoding of its own point', () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
          const accepted = code(okp(bytes)) === 'accepted';
          expect(
            !accepted || ed25519.Point.fromBytes(bytes).toHex() === Buffer.from(bytes).toString('hex'),
          ).toBe(true);
        }),
        { numRuns: 50 },
      );
    });
  });

  describe('when a P-256 point is not on the curve', () => {
    const { p } = p256.Point.CURVE();
    it.each([
      ['swapped coordinates', { ...ec, x: ec.y, y: ec.x }],
      ['zero', { ...ec, x: bigEndian(0n), y: bigEndian(0n) }],
      ['x = p', { ...ec, x: bigEndian(p) }],
      ['y = 2^256 - 1', { ...ec, y: bigEndian(2n ** 256n - 1n) }],
      ['another y', { ...ec, y: bigEndian(7n) }],
    ])('refuses %s', (_, jwk) => {
      expect(code(jwk)).toBe('INVALID_POINT');
    });

    it('refuses coordinates that were not reduced', () => {
      const point = p256.Point.BASE.multiply(5n).toAffine();
      expect(code({ ...ec, x: bigEndian(point.x), y: bigEndian(point.y) })).toBe('accepted');
      const small = Array.from({ length: 100 }, (_, i) => BigInt(i)).find((x) => isOnCurve(x))!;
      expect(code({ ...ec, x: bigEndian(small), y: bigEndian(yOf(small)) })).toBe('accepted');
      expect(code({ ...ec, x: bigEndian(small + p), y: bigEndian(yOf(small)) })).toBe('INVALID_POINT');
    });
    const yOf = (x: bigint): bigint =>
      p256.Point.fromHex(`02${x.toString(16).padStart(64, '0')}`).toAffine().y;
    const isOnCurve = (x: bigint): boolean => {
      try {
        return yOf(x) > 0n;
      } catch {
        return false;
      }
    };
  });

  describe('when a private member is there', () => {
    it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])('refuses %s by name', (name) => {
      for (const jwk of [ed, ec]) {
        expect(gatePublicKey({ ...jwk, [name]: 'AA' })).toMatchObject({
          code: 'PRIVATE_MEMBER',
          field: name,
        });
      }
    });
  });

  describe('when the shape is wrong', () => {
    it.each([
      ['NOT_AN_OBJECT', ''],
      ['NOT_AN_OBJECT', null],
      ['NOT_AN_OBJECT', undefined],
      ['NOT_AN_OBJECT', [ed]],
      ['NOT_AN_OBJECT', JSON.stringify(ed)],
      ['UNSUPPORTED_KEY_TYPE', {}],
      ['UNSUPPORTED_KEY_TYPE', { ...ed, kty: 'oct' }],
      ['UNSUPPORTED_KEY_TYPE', { ...ed, kty: 'okp' }],
      ['UNSUPPORTED_KEY_TYPE', { ...ed, kty: ['OKP'] }],
      ['UNSUPPORTED_KEY_TYPE', { kty: 'RSA', n: 'AQAB', e: 'AQAB' }],
      ['UNSUPPORTED_CURVE', { ...ed, crv: 'X25519' }],
      ['UNSUPPORTED_CURVE', { ...ed, crv: 'Ed448' }],
      ['UNSUPPORTED_CURVE', { ...ed, crv: 'P-256' }],
      ['UNSUPPORTED_CURVE', { ...ec, crv: 'P-384' }],
      ['UNSUPPORTED_CURVE', { ...ec, crv: 'secp256k1' }],
      ['UNSUPPORTED_CURVE', { ...ec, crv: 'Ed25519' }],
      ['UNKNOWN_MEMBER', { ...ed, y: ec.y }],
      ['UNKNOWN_MEMBER', { ...ed, x5c: [] }],
      ['UNKNOWN_MEMBER', { ...ed, key_ops: ['verify'] }],
      ['UNKNOWN_MEMBER', JSON.parse(`{"kty":"OKP","crv":"Ed25519","x":"${ed.x}","__proto__":{}}`)],
      ['ALG_MISMATCH', { ...ed, alg: 'EdDSA' }],
      ['ALG_MISMATCH', { ...ed, alg: 'ES256' }],
      ['ALG_MISMATCH', { ...ec, alg: 'Ed25519' }],
      ['ALG_MISMATCH', { ...ec, alg: 'ES384' }],
      ['ALG_MISMATCH', { ...ec, alg: null }],
      ['USE_MISMATCH', { ...ed, use: 'enc' }],
      ['MISSING_MEMBER', { kty: 'OKP', crv: 'Ed25519' }],
      ['MISSING_MEMBER', { ...ed, x: 1 }],
      ['MISSING_MEMBER', { ...ec, y: undefined }],
      ['NOT_BASE64URL', { ...ed, x: `${ed.x}=` }],
      ['NOT_BASE64URL', { ...ed, x: `${ed.x.slice(0, -1)}p` }],
      ['NOT_BASE64URL', { ...ed, x: `${ed.x}\n` }],
      ['NOT_BASE64URL', { ...ec, y: ec.y.replace('_', '/') }],
      ['WRONG_LENGTH', { ...ed, x: '' }],
      ['WRONG_LENGTH', { ...ed, x: encodeBase64url(new Uint8Array(31)) }],
      ['WRONG_LENGTH', { ...ed, x: encodeBase64url(new Uint8Array(33)) }],
      ['WRONG_LENGTH', { ...ec, x: encodeBase64url(new Uint8Array(33)) }],
    ])('refuses with %s: %j', (expected, jwk) => {
      expect(code(jwk)).toBe(expected);
    });

    it('names field and rule and repeats nothing it was given', () => {
      expect(gatePublicKey({ ...ed, x: 'c2VjcmV0' })).toEqual({
        ok: false,
        code: 'WRONG_LENGTH',
        field: 'x',
        rule: 'must encode 32 bytes',
        message: 'x: must encode 32 bytes',
      });
      expect(gatePublicKey({ ...ed, c2VjcmV0: 1 })).toMatchObject({
        field: '',
        message: 'jwk: must hold only kty, crv, x, kid, alg, use',
      });
    });
  });
});

describe('publicKeyObject', () => {
  it('is made once for a record and verifies what RFC 7515 appendix A.3 signed', () => {
    const gated = gatePublicKey(ec);
    if (!gated.ok) throw new Error(gated.message);
    const key = publicKeyObject(gated.key);
    expect(publicKeyObject(gated.key)).toBe(key);
    expect(key.equals(createPublicKey({ format: 'jwk', key: ec }))).toBe(true);
    const input =
      'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
    const signature =
      'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
    const options = { key, dsaEncoding: 'ieee-p1363' as const };
    expect(verify('sha256', Buffer.from(input), options, Buffer.from(signature, 'base64url'))).toBe(true);
  });
});

describe('readStoredPublicKey', () => {
  it.each([ed, ec])('gives back the record that was stored: %j', (jwk) => {
    const gated = gatePublicKey(jwk);
    if (!gated.ok) throw new Error(gated.message);
    expect(readStoredPublicKey(gated.key.jwk)).toEqual(gated.key);
  });

  it.each([
    '',
    '{}',
    JSON.stringify(ed),
    `{"crv":"Ed25519","kty":"OKP","x":"${ed.x}","y":"${ec.y}"}`,
    `{"crv":"Ed25519","kty":"EC","x":"${ed.x}"}`,
    `{"crv":"P-256","kty":"EC","x":"${ec.x}"}`,
    `{"crv":"P-384","kty":"EC","x":"${ec.x}","y":"${ec.y}"}`,
    `{"crv":"Ed25519","kty":"OKP","x":"${ed.x}"}\n`,
  ])('refuses another text: %j', (text) => {
    expect(() => readStoredPublicKey(text)).toThrow(expect.objectContaining({ code: 'INVALID_STORED_KEY' }));
  });
});

const rfc7638 = {
  kty: 'RSA',
  n: [
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn',
    'jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ',
    'vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnq',
    'DKgw',
  ].join(''),
  e: 'AQAB',
};
