import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDecimal, readUint64, requireInteger, uint64Bytes } from './integers.js';
import { codeOf } from './keys.arbitrary.js';

describe('parseDecimal', () => {
  describe('when given what a safe integer prints as', () => {
    it('reads it back', () => {
      fc.assert(fc.property(fc.maxSafeNat(), (n) => parseDecimal(String(n), 'n') === n));
    });
  });

  describe('when given another spelling', () => {
    it.each(['', '01', '00', '-1', '+1', ' 1', '1 ', '1\n', '1.0', '1e3', '0x1', '٣'])(
      'refuses %j',
      (text) => {
        expect(codeOf(() => parseDecimal(text, 'n'))).toBe('malformed');
      },
    );
  });

  describe('when given an integer over 2^53 - 1', () => {
    it.each(['9007199254740992', '9007199254740993', '18446744073709551615', '9'.repeat(400)])(
      'refuses %s instead of rounding it',
      (text) => {
        expect(codeOf(() => parseDecimal(text, 'n'))).toBe('out_of_range');
      },
    );

    it('takes 2^53 - 1 itself', () => {
      expect(parseDecimal('9007199254740991', 'n')).toBe(Number.MAX_SAFE_INTEGER);
    });
  });
});

describe('requireInteger', () => {
  describe('when given what is no safe integer from 0 on', () => {
    it.each([-1, 0.5, NaN, Infinity, 2 ** 53])('refuses %d', (value) => {
      expect(codeOf(() => requireInteger(value, 'n'))).toBe('out_of_range');
    });
  });
});

describe('uint64Bytes', () => {
  describe('when its bytes are read again', () => {
    it('gives the same integer', () => {
      fc.assert(fc.property(fc.maxSafeNat(), (n) => readUint64(uint64Bytes(n, 'n'), 0, 'n') === n));
    });
  });

  describe('when given 258', () => {
    it('writes the highest byte first', () => {
      expect(uint64Bytes(258, 'n')).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2));
    });
  });

  describe('when given what is no safe integer from 0 on', () => {
    it.each([-1, 1.5, 2 ** 53])('refuses %d', (value) => {
      expect(codeOf(() => uint64Bytes(value, 'n'))).toBe('out_of_range');
    });
  });

  describe('when the bytes hold an integer over 2^53 - 1', () => {
    it('refuses it', () => {
      expect(codeOf(() => readUint64(Uint8Array.of(0, 32, 0, 0, 0, 0, 0, 1), 0, 'n'))).toBe('out_of_range');
    });
  });
});
