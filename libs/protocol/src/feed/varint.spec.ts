import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refusal } from './feed.arbitrary.js';
import { decodeVarint, encodeVarint } from './varint.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const anyN = fc.oneof(fc.nat(300), fc.maxSafeNat());

describe('varint', () => {
  describe('when encoding', () => {
    it.each([
      [0, '00'],
      [127, '7f'],
      [128, '8001'],
      [624485, 'e58e26'],
      [2 ** 53 - 1, 'ffffffffffffff0f'],
    ])('writes %d as LEB128', (n, text) => {
      expect(hex(encodeVarint(n))).toBe(text);
    });

    it.each([-1, 1.5, 2 ** 53, NaN, Infinity])('refuses %d', (n) => {
      expect(refusal(() => encodeVarint(n))).toBe('bad-varint');
    });
  });

  describe('when decoding', () => {
    it.each([
      ['nothing', ''],
      ['a number cut short', '80'],
      ['a needless last group', '8000'],
      ['2^53', '8080808080808010'],
      ['a ninth group', '808080808080808001'],
      ['bytes after the number', '0000'],
    ])('refuses %s', (_, text) => {
      expect(refusal(() => decodeVarint(unhex(text)))).toBe('bad-varint');
    });
  });

  describe('when decoding what was encoded', () => {
    it('gives the number back', () => {
      fc.assert(fc.property(anyN, (n) => decodeVarint(encodeVarint(n)) === n));
    });
  });

  describe('when any bytes decode', () => {
    it('encodes them to the same bytes', () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 9 }), (bytes) => {
          let n = 0;
          if (refusal(() => (n = decodeVarint(bytes))) === null)
            expect(hex(encodeVarint(n))).toBe(hex(bytes));
        }),
        { numRuns: 1000 },
      );
    });
  });
});
