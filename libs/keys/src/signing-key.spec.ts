import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { generateSigningKey, readPrivateJwk, writePrivateJwk } from './signing-key.js';

const algs = ['Ed25519', 'ES256'] as const;
const read = (jwk: object | string): unknown =>
  readPrivateJwk(Buffer.from(typeof jwk === 'string' ? jwk : JSON.stringify(jwk)));
const written = (alg: (typeof algs)[number]): Record<string, string> =>
  JSON.parse(writePrivateJwk(generateSigningKey(alg))) as Record<string, string>;

describe('generateSigningKey', () => {
  it('makes an Ed25519 key unless told otherwise, a new one each time', () => {
    expect(generateSigningKey().publicKey.alg).toBe('Ed25519');
    expect(generateSigningKey('ES256').publicKey.alg).toBe('ES256');
    expect(generateSigningKey().publicKey.kid).not.toBe(generateSigningKey().publicKey.kid);
  });

  it('shows no secret when it is printed', () => {
    const key = generateSigningKey();
    const { d } = JSON.parse(writePrivateJwk(key)) as { d: string };
    expect(inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key)).not.toContain(d);
  });
});

describe('readPrivateJwk', () => {
  it.each(algs)('gives back an %s key that was written', (alg) => {
    const key = generateSigningKey(alg);
    const again = readPrivateJwk(Buffer.from(writePrivateJwk(key)));
    expect(again.publicKey).toEqual(key.publicKey);
    expect(again.privateKey.equals(key.privateKey)).toBe(true);
  });

  describe('when the key is not sound', () => {
    const ed = written('Ed25519');
    const ec = written('ES256');
    it.each([
      ['no JSON', 'secret'],
      ['a duplicate member', `{"d":"AA",${JSON.stringify(ed).slice(1)}`],
      ['no object', '[]'],
      ['no private part', { ...ed, d: undefined }],
      ['a private part of another length', { ...ed, d: 'AAAA' }],
      ['a private part that is no text', { ...ed, d: 1 }],
      ['the public part of another Ed25519 key', { ...ed, x: written('Ed25519').x }],
      ['the private part of another P-256 key', { ...ec, d: written('ES256').d }],
      ['a public part of small order', { ...ed, x: 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
      ['members of an RSA key', { ...ed, p: 'AA' }],
    ])('refuses %s without repeating it', (_, jwk) => {
      expect(() => read(jwk)).toThrow(
        expect.objectContaining({ name: 'KeysError', code: 'INVALID_PRIVATE_KEY' }),
      );
      expect(() => read(jwk)).not.toThrow(new RegExp(`secret|${ed.d}|${ec.d}`));
    });
  });
});
