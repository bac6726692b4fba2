import { createHmac } from 'node:crypto';
import net from 'node:net';
import { describe, expect, it, jest } from '@jest/globals';
import { b64, forge, testKeys, TYP } from './jws.arbitrary.js';
import { publicKeyObject, type PublicKeyRecord } from './public-key.js';
import { generateSigningKey } from './signing-key.js';
import { verifyCompactJws, type VerifyJwsOptions } from './verify-jws.js';

const { Ed25519: key } = testKeys;
const kid = key.publicKey.kid;

const check = (token: unknown, more: Partial<VerifyJwsOptions> = {}): Promise<string> =>
  verifyCompactJws({ token, typ: TYP, key: key.publicKey, maxBytes: 100_000, ...more }).then((result) =>
    result.ok ? 'verified' : result.code,
  );
const good = { alg: 'Ed25519', kid, typ: TYP };

describe('verifyCompactJws on hostile headers', () => {
  describe('when the algorithm is not the one of the key', () => {
    it.each(['none', 'None', 'NONE', 'nOnE', 'nonE', ''])('refuses alg %j, signed or not', async (alg) => {
      const token = forge({ ...good, alg });
      expect(await check(token)).toBe('WRONG_ALG');
      expect(await check(token.replace(/[^.]+$/, ''))).toBe('WRONG_ALG');
    });

    it.each([
      ['the JWK', (record: PublicKeyRecord) => record.jwk],
      [
        'the PEM',
        (record: PublicKeyRecord) => publicKeyObject(record).export({ type: 'spki', format: 'pem' }),
      ],
      [
        'the DER',
        (record: PublicKeyRecord) => publicKeyObject(record).export({ type: 'spki', format: 'der' }),
      ],
      [
        'the raw key',
        (record: PublicKeyRecord) =>
          Buffer.from(publicKeyObject(record).export({ format: 'jwk' }).x!, 'base64url'),
      ],
      ['the thumbprint', (record: PublicKeyRecord) => record.kid],
    ])('refuses HS256 keyed with %s', async (_, secret) => {
      for (const { publicKey } of Object.values(testKeys)) {
        const input = `${b64(JSON.stringify({ alg: 'HS256', kid: publicKey.kid, typ: TYP }))}.${b64('{}')}`;
        const mac = createHmac('sha256', secret(publicKey)).update(input).digest('base64url');
        expect(await check(`${input}.${mac}`, { key: publicKey })).toBe('WRONG_ALG');
      }
    });

    it('accepts only the diagonal of algorithms and keys', async () => {
      const algs = ['Ed25519', 'ES256', 'EdDSA', 'ES384', 'RS256', 'PS256', 'Ed448'];
      for (const signer of Object.values(testKeys)) {
        for (const alg of algs) {
          const token = forge({ alg, kid: signer.publicKey.kid, typ: TYP }, '{}', signer);
          const expected = alg === signer.publicKey.alg ? 'verified' : 'WRONG_ALG';
          expect(await check(token, { key: signer.publicKey })).toBe(expected);
        }
      }
    });

    it('says which name to use instead of EdDSA', async () => {
      const options = { typ: TYP, key: key.publicKey, maxBytes: 1000 };
      expect(await verifyCompactJws({ ...options, token: forge({ ...good, alg: 'EdDSA' }) })).toEqual({
        ok: false,
        code: 'WRONG_ALG',
        part: 'header',
        rule: 'alg must not be EdDSA: use Ed25519 (RFC 9864)',
        message: 'header: alg must not be EdDSA: use Ed25519 (RFC 9864)',
      });
    });

    it('refuses the example of RFC 8037 appendix A.4: it names neither key nor type', async () => {
      const rfc8037 =
        'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.' +
        'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';
      expect(await check(rfc8037)).toBe('INVALID_HEADER');
    });
  });

  describe('when the header says more than it may', () => {
    const ownJwk = JSON.parse(key.publicKey.jwk) as object;
    it.each([
      ['jwk', ownJwk],
      ['jku', 'https://attacker.example/jwks.json'],
      ['x5u', 'http://169.254.169.254/latest/meta-data'],
      ['x5c', ['MIIB']],
      ['crit', ['exp']],
      ['crit', []],
      ['b64', false],
      ['b64', true],
      ['zip', 'DEF'],
      ['p2c', 1_000_000_000],
      ['cty', 'JWT'],
      ['nonce', 'AA'],
    ])('refuses %s by name and opens no connection', async (name, value) => {
      const connect = jest.spyOn(net.Socket.prototype, 'connect');
      const result = await verifyCompactJws({
        token: forge({ ...good, [name]: value }),
        typ: TYP,
        key: key.publicKey,
        maxBytes: 10_000,
      });
      expect(result).toEqual({
        ok: false,
        code: 'FORBIDDEN_HEADER',
        part: 'header',
        rule: `must hold alg, kid and typ only, not ${name}`,
        message: `header: must hold alg, kid and typ only, not ${name}`,
      });
      expect(connect).not.toHaveBeenCalled();
      connect.mockRestore();
    });

    it('refuses the unencoded payload of RFC 7797', async () => {
      const header = b64(JSON.stringify({ alg: 'HS256', b64: false, crit: ['b64'] }));
      expect(await check(`${header}.$.02.A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY`)).toBe('MALFORMED_JWS');
      expect(await check(forge({ ...good, b64: false, crit: ['b64'] }))).toBe('FORBIDDEN_HEADER');
    });

    it('does not repeat a name it does not know', async () => {
      const token = forge({ ...good, ['f'.repeat(64)]: 1 });
      const result = await verifyCompactJws({ token, typ: TYP, key: key.publicKey, maxBytes: 10_000 });
      expect(result).toMatchObject({
        rule: 'must hold alg, kid and typ only, not an unknown parameter',
      });
    });
  });

  describe('when the header is not strict', () => {
    it.each([
      ['alg twice', `{"alg":"none","alg":"Ed25519","kid":"${kid}","typ":"${TYP}"}`],
      ['kid twice, escaped', `{"alg":"Ed25519","kid":"${kid}","\\u006bid":"${kid}","typ":"${TYP}"}`],
      ['an array', '[]'],
      ['a string', '"Ed25519"'],
      ['null', 'null'],
      ['nothing', ''],
      ['a byte order mark', `\ufeff{"alg":"Ed25519","kid":"${kid}","typ":"${TYP}"}`],
      ['text behind', `{"alg":"Ed25519","kid":"${kid}","typ":"${TYP}"} x`],
      ['no kid', `{"alg":"Ed25519","typ":"${TYP}"}`],
      ['no typ', `{"alg":"Ed25519","kid":"${kid}"}`],
      ['a numeric typ', `{"alg":"Ed25519","kid":"${kid}","typ":1}`],
      ['alg as a list', `{"alg":["Ed25519"],"kid":"${kid}","typ":"${TYP}"}`],
      ['100,000 levels', '['.repeat(1000)],
    ])('refuses %s', async (_, header) => {
      expect(await check(forge(header))).toBe('INVALID_HEADER');
    });

    it('refuses bytes that are not UTF-8', async () => {
      const input = `${b64(Uint8Array.of(0x7b, 0xff, 0x7d))}.${b64('{}')}`;
      expect(await check(`${input}.${b64(new Uint8Array(64))}`)).toBe('INVALID_HEADER');
    });
  });

  describe('when it was made for another purpose', () => {
    const typs = [
      'cairn-submission+jws',
      'cairn-promise+jws',
      'cairn-page+jws',
      'client-authentication+jwt',
      'dpop+jwt',
      'at+jwt',
    ];

    it('accepts only the diagonal of types', async () => {
      for (const made of typs) {
        const token = forge({ ...good, typ: made });
        for (const typ of typs) {
          expect(await check(token, { typ })).toBe(made === typ ? 'verified' : 'WRONG_TYP');
        }
      }
    });

    it.each([TYP.toUpperCase(), `application/${TYP}`, `${TYP} `, '', 'JWT'])(
      'does not take typ %j for it',
      async (typ) => {
        expect(await check(forge({ ...good, typ }))).toBe('WRONG_TYP');
      },
    );
  });

  describe('when the key is not known', () => {
    const injections = [
      '../../dev/null',
      '/etc/passwd',
      "' OR 1=1 --",
      '"; DROP TABLE keys; --',
      '__proto__',
      'constructor',
      'toString',
      '',
      '*',
      '%00',
      '\0',
      'a'.repeat(1500),
      'http://attacker.example/key',
      '${jndi:ldap://attacker.example}',
      '$(id)',
      `${kid}\n`,
      `${kid}=`,
      ` ${kid}`,
      kid.slice(0, 42),
      `${kid.slice(0, 42)}${kid.endsWith('A') ? 'B' : String.fromCharCode(kid.charCodeAt(42) + 1)}`,
      kid.replace(/.$/, '+'),
    ];

    it.each(injections)('refuses kid %j without looking it up', async (injected) => {
      const resolve = jest.fn(() => key.publicKey);
      expect(await check(forge({ ...good, kid: injected }), { key: resolve })).toBe('UNKNOWN_KEY');
      expect(resolve).not.toHaveBeenCalled();
    });

    it.each([null, undefined])('refuses when the resolver gives %s', async (nothing) => {
      expect(await check(forge(good), { key: () => nothing })).toBe('UNKNOWN_KEY');
    });

    it('refuses when the thumbprint is another than of the key given or resolved', async () => {
      const other = generateSigningKey();
      const token = forge({ ...good, kid: other.publicKey.kid });
      expect(await check(token)).toBe('UNKNOWN_KEY');
      expect(await check(token, { key: () => key.publicKey })).toBe('UNKNOWN_KEY');
    });
  });
});
