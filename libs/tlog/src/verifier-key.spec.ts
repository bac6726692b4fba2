import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf, testKey } from './keys.arbitrary.js';
import { encodeBase64 } from './base64.js';
import { unhex } from './rfc9162.arbitrary.js';
import { computeKeyId, formatVerifierKey, parseVerifierKey, verifierKey } from './verifier-key.js';

// C2SP signed-note.md; golang.org/x/mod/sumdb/note; Tessera testdata.
const C2SP = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const ENOCH = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop';
const TESSERA = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';

const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
const type = fc.constantFrom(0x01 as const, 0x04 as const);
const name = fc.stringMatching(/^[a-z0-9./é—-]+$/);

describe('parseVerifierKey', () => {
  describe('when given known keys', () => {
    it.each([C2SP, PETER, ENOCH, TESSERA])('reads %s and writes it back', (vkey) => {
      expect(formatVerifierKey(parseVerifierKey(vkey))).toBe(vkey);
    });

    it('gives the parts of one', () => {
      const { name: keyName, keyId, type: keyType, publicKey } = parseVerifierKey(ENOCH);
      expect([keyName, keyId, keyType, publicKey.length]).toEqual(['EnochRoot', 0xaf0cfe78, 1, 32]);
      expect(encodeBase64(Uint8Array.of(1, ...publicKey))).toBe(
        'ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop',
      );
    });
  });

  describe('when given any key', () => {
    it('reads what was written', () => {
      fc.assert(
        fc.property(name, type, seed, (keyName, keyType, keySeed) => {
          const key = verifierKey(keyName, keyType, ed25519.getPublicKey(keySeed));
          expect(parseVerifierKey(formatVerifierKey(key))).toEqual(key);
        }),
        { numRuns: 30 },
      );
    });

    it('pads the key id to eight digits', () => {
      const low = Array.from({ length: 200 }, (_, i) => testKey(`k${i}`, 0x01)).find(
        (key) => key.keyId < 2 ** 28,
      )!;
      expect(formatVerifierKey(low.verifier)).toMatch(/^k\d+\+0[0-9a-f]{7}\+A/);
      expect(parseVerifierKey(formatVerifierKey(low.verifier))).toEqual(low.verifier);
    });
  });

  describe('when a key is cut or a character of it changed', () => {
    it('refuses all of them', () => {
      for (let i = 0; i <= PETER.length; i++) {
        for (let j = i; j <= PETER.length; j++) {
          if (i === 0 && j === PETER.length) continue;
          expect(codeOf(() => parseVerifierKey(PETER.slice(i, j)))).toBeDefined();
        }
      }
      for (let i = 0; i < PETER.length; i++) {
        const next = String.fromCharCode(PETER.charCodeAt(i) + 1);
        expect(codeOf(() => parseVerifierKey(PETER.slice(0, i) + next + PETER.slice(i + 1)))).toBeDefined();
      }
    });
  });

  describe('when a key is of an unknown type, or of another length, with the right key id', () => {
    it.each([
      'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==',
      'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
      'PeterNeumann+173116ae+Ag==',
      'PeterNeumann+173116ae+AQ==',
    ])('refuses %s', (vkey) => {
      expect(['malformed', 'bad_key']).toContain(codeOf(() => parseVerifierKey(vkey)));
    });
  });

  describe('when the spelling is another', () => {
    it.each([
      PETER.replace('c74f20a3', 'C74F20A3'),
      PETER.replace('c74f20a3', 'c74f20a'),
      `${PETER}\n`,
      PETER.replace('PeterNeumann', ''),
      PETER.replace('PeterNeumann', 'Peter Neumann'),
      PETER.replace('PeterNeumann', 'Peter\nNeumann'),
      PETER.replace('ARpc', '=Rpc'),
      `${PETER}=`,
      'PeterNeumann+c74f20a3',
      'PeterNeumann+c74f20a3+',
      '',
    ])('refuses %j', (vkey) => {
      expect(['malformed', 'bad_key']).toContain(codeOf(() => parseVerifierKey(vkey)));
    });
  });

  describe('when the key id is that of another key', () => {
    it('refuses it', () => {
      expect(codeOf(() => parseVerifierKey(PETER.replace('c74f20a3', 'c74f20a4')))).toBe('bad_key');
    });
  });
});

describe('verifierKey', () => {
  describe('when the name is none', () => {
    it.each([
      '',
      'a b',
      'a+b',
      'a\u00a0b',
      'a\u2028b',
      'a\u0085b',
      'a\u3000',
      'a\tb',
      'a\nb',
      'a\u0001',
      '\ud800',
    ])('refuses %j', (keyName) => {
      expect(codeOf(() => testKey(keyName, 0x01))).toBe('malformed');
    });
  });

  describe('when the public key is no good one', () => {
    it.each([
      ['of 31 bytes', '00'.repeat(31)],
      ['of 33 bytes', '58'.repeat(33)],
      ['of order 1', `01${'00'.repeat(31)}`],
      ['of order 4', '00'.repeat(32)],
      ['of order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
      ['of order 1, not canonical', `ee${'ff'.repeat(30)}7f`],
      ['not on the curve', `02${'00'.repeat(31)}`],
    ])('refuses one %s', (_, key) => {
      expect(codeOf(() => verifierKey('name', 0x01, unhex(key)))).toBe('bad_key');
    });
  });

  describe('when the bytes it was made of change', () => {
    it('keeps its own', () => {
      const publicKey = ed25519.getPublicKey(new Uint8Array(32));
      const key = verifierKey('name', 0x01, publicKey);
      publicKey.fill(0);
      expect(key.publicKey).toEqual(ed25519.getPublicKey(new Uint8Array(32)));
    });
  });
});

describe('computeKeyId', () => {
  describe('when the same key is used for two types', () => {
    it('gives two key ids', () => {
      const { publicKey } = testKey('name', 0x01).verifier;
      expect(computeKeyId('name', 0x01, publicKey)).not.toBe(computeKeyId('name', 0x04, publicKey));
    });
  });
});
