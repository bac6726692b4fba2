import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { encodeBase64url } from './base64url.js';
import { b64, forge, testKeys, TYP } from './jws.arbitrary.js';
import { signCompactJws } from './sign-jws.js';
import { generateSigningKey } from './signing-key.js';
import { verifyCompactJws, verifyJsonJws, type VerifyJwsOptions } from './verify-jws.js';

const { Ed25519: key } = testKeys;
const kid = key.publicKey.kid;

const check = (token: unknown, more: Partial<VerifyJwsOptions> = {}): Promise<string> =>
  verifyCompactJws({ token, typ: TYP, key: key.publicKey, maxBytes: 100_000, ...more }).then((result) =>
    result.ok ? 'verified' : result.code,
  );
const good = { alg: 'Ed25519', kid, typ: TYP };

describe('verifyCompactJws', () => {
  describe('when the token is genuine', () => {
    it.each(['Ed25519', 'ES256'] as const)('gives back exactly the bytes that %s signed', async (alg) => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (payload) => {
          const token = await signCompactJws({ typ: TYP, payload, key: testKeys[alg] });
          const { publicKey } = testKeys[alg];
          const result = await verifyCompactJws({ token, typ: TYP, key: publicKey, maxBytes: token.length });
          expect(result).toMatchObject({
            ok: true,
            key: publicKey,
            header: { alg, kid: publicKey.kid, typ: TYP },
          });
          expect(result.ok && [...result.payload]).toEqual([...payload]);
        }),
        { numRuns: 20 },
      );
    });

    it('asks the resolver for the thumbprint', async () => {
      const resolve = jest.fn((asked: string) => Promise.resolve(asked === kid ? key.publicKey : null));
      expect(await check(forge(good), { key: resolve })).toBe('verified');
      expect(resolve).toHaveBeenCalledWith(kid);
    });
  });

  describe('when anything of it was changed', () => {
    it('refuses any other character at any place', async () => {
      const token = forge(good, '{"iss":"a"}');
      const character = fc.constantFrom(...'ABCXYZabcxyz0189-_=. \n'.split(''));
      await fc.assert(
        fc.asyncProperty(fc.nat(token.length - 1), character, async (at, replacement) => {
          fc.pre(token[at] !== replacement);
          expect(await check(token.slice(0, at) + replacement + token.slice(at + 1))).not.toBe('verified');
        }),
        { numRuns: 300 },
      );
    });

    it('refuses a signature by another key, and one over another payload', async () => {
      const [header, , signature] = forge(good).split('.');
      expect(await check(forge(good, '{}', generateSigningKey()))).toBe('BAD_SIGNATURE');
      expect(await check([header, b64('{"a":1}'), signature].join('.'))).toBe('BAD_SIGNATURE');
    });

    it.each(['', 'AA', b64(new Uint8Array(64)), b64(new Uint8Array(63)), b64(new Uint8Array(65))])(
      'refuses the signature %j',
      async (signature) => {
        const [header, payload] = forge(good).split('.');
        expect(await check(`${header}.${payload}.${signature}`)).toBe('BAD_SIGNATURE');
      },
    );

    it('refuses an Ed25519 signature whose scalar is not reduced', async () => {
      const [header, payload, signature] = forge(good).split('.');
      const bytes = Buffer.from(signature!, 'base64url');
      const order = 2n ** 252n + 27742317777372353535851937790883648493n;
      const scalar = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + order;
      bytes.set(Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse(), 32);
      expect(await check(`${header}.${payload}.${encodeBase64url(bytes)}`)).toBe('BAD_SIGNATURE');
    });
  });

  describe('when the same signature is spelled otherwise', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const token = forge(good);

    it('refuses the fifteen other last characters that decode to the same bytes', async () => {
      const base = alphabet.indexOf(token.at(-1)!) & ~15;
      const twins = Array.from({ length: 16 }, (_, i) => token.slice(0, -1) + alphabet[base + i]);
      const bytes = twins.map((twin) => Buffer.from(twin.split('.')[2]!, 'base64url').toString('hex'));
      expect(new Set(bytes).size).toBe(1);
      const results = await Promise.all(twins.map((twin) => check(twin)));
      expect(results.filter((result) => result === 'MALFORMED_JWS')).toHaveLength(15);
    });

    it.each([
      ['padding', (t: string) => `${t}==`],
      ['a space after it', (t: string) => `${t} `],
      ['a newline after it', (t: string) => `${t}\n`],
      ['a space before it', (t: string) => ` ${t}`],
      ['a newline inside', (t: string) => t.replace('.', '\n.')],
      ['a padded header', (t: string) => t.replace('.', '=.')],
      ['the other alphabet', (t: string) => t.replaceAll('-', '+').replaceAll('_', '/')],
      ['a fourth part', (t: string) => `${t}.`],
      ['a fifth part', (t: string) => `${t}.AA.AA`],
      ['no signature', (t: string) => t.split('.').slice(0, 2).join('.')],
      ['nothing', () => ''],
      ['wide letters', (t: string) => t.replace('e', 'ｅ')],
    ])('refuses %s', async (_, respell) => {
      const everySymbol = forge(good, Buffer.from([0xfb, 0xff, 0xfe, 0x3e]));
      expect(await check(respell(everySymbol))).toBe('MALFORMED_JWS');
    });

    it('cannot refuse the other ES256 signature of the same key and payload: only the payload names what was said', async () => {
      const original = forge(
        { ...good, alg: 'ES256', kid: testKeys.ES256.publicKey.kid },
        '{"jti":"1"}',
        testKeys.ES256,
      );
      const [header, payload, signature] = original.split('.');
      const bytes = Buffer.from(signature!, 'base64url');
      const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
      const twin = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
      bytes.set(Buffer.from(twin.toString(16).padStart(64, '0'), 'hex'), 32);
      const options = { typ: TYP, key: testKeys.ES256.publicKey, maxBytes: 1000 };
      const first = await verifyCompactJws({ ...options, token: original });
      const second = await verifyCompactJws({
        ...options,
        token: `${header}.${payload}.${encodeBase64url(bytes)}`,
      });
      expect(first.ok && second.ok && Buffer.from(first.payload).equals(second.payload)).toBe(true);
    });
  });

  describe('when it is no compact serialization', () => {
    const [header, payload, signature] = forge(good).split('.');
    const general = { payload, signatures: [{ protected: header, signature }] };
    const flattened = { payload, protected: header, signature };
    it.each([
      ['general JSON', JSON.stringify(general)],
      ['flattened JSON', JSON.stringify(flattened)],
      ['an object', flattened],
      ['an object of the general form', general],
      ['null', null],
      ['undefined', undefined],
      ['bytes', Buffer.from('a.b.c')],
    ])('refuses %s', async (_, token) => {
      expect(await check(token)).toBe('MALFORMED_JWS');
    });

    it('refuses a header that names the algorithm outside of what is signed only', async () => {
      const protectedHeader = { kid, typ: TYP };
      const [head, body, mac] = forge(protectedHeader).split('.');
      expect(
        await check({ header: { alg: 'Ed25519' }, protected: head, payload: body, signature: mac }),
      ).toBe('MALFORMED_JWS');
      expect(await check(forge(protectedHeader))).toBe('INVALID_HEADER');
    });
  });

  describe('when it is too large', () => {
    it('refuses a token over the limit before it looks inside', async () => {
      const token = forge(good);
      expect(await check(token, { maxBytes: token.length - 1 })).toBe('TOO_LARGE');
      expect(await check('x'.repeat(101), { maxBytes: 100 })).toBe('TOO_LARGE');
    });

    it('refuses a header over 2 KiB', async () => {
      expect(await check(forge({ ...good, typ: TYP.padEnd(2048, 'x') }))).toBe('TOO_LARGE');
    });
  });
});

describe('verifyJsonJws', () => {
  const verify = (payload: string | Uint8Array) =>
    verifyJsonJws({ token: forge(good, payload), typ: TYP, key: key.publicKey, maxBytes: 1_000_000 });

  it('gives the claims and the exact bytes', async () => {
    const text = ' {"iss":"a",\n"n":[1]}';
    const result = await verify(text);
    expect(result).toMatchObject({ ok: true, claims: { iss: 'a', n: [1] } });
    expect(result.ok && Buffer.from(result.payload).toString()).toBe(text);
  });

  it.each([
    [
      'a name twice',
      '{"iss":"a","iss":"b"}',
      'must be strict JSON (position 11: a member name occurs twice)',
    ],
    ['a fraction', '{"n":1.5}', expect.stringMatching(/^must be strict JSON \(position \d+: /)],
    ['an array', '[]', 'must be a JSON object'],
    ['nothing', '', expect.stringMatching(/^must be strict JSON /)],
    ['a lone surrogate', '{"a":"\\ud800"}', expect.stringMatching(/^must be strict JSON /)],
    ['deep nesting', '['.repeat(100_000), expect.stringMatching(/^must be strict JSON /)],
    ['no UTF-8', Uint8Array.of(0xff), 'must be strict JSON (the bytes are not UTF-8)'],
  ])('refuses a payload with %s', async (_, payload, rule) => {
    const refused = await verify(payload);
    expect(refused).toMatchObject({ ok: false, code: 'INVALID_PAYLOAD', part: 'payload', rule });
    expect(refused).toMatchObject({ message: expect.stringMatching(/^payload: must be /) });
  });

  it('refuses what verifyCompactJws refuses', async () => {
    const options = { typ: 'other', key: key.publicKey, maxBytes: 1000 };
    expect(await verifyJsonJws({ ...options, token: forge(good) })).toMatchObject({ code: 'WRONG_TYP' });
  });
});
