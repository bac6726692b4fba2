import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromHex, toHex } from './hex.js';

describe('toHex and fromHex', () => {
  describe('when bytes are written and read', () => {
    it('gives the same bytes, in the spelling of Node', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
          expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
          expect(fromHex(toHex(bytes))).toEqual(bytes);
        }),
      );
    });
  });

  describe('when text is not lower-case hex of whole bytes', () => {
    it.each(['a', 'abc', 'AB', 'aB', '0g', '0x', ' 00', '00\n', '0\u0660', '--'])('refuses %j', (text) => {
      expect(fromHex(text)).toBeNull();
    });
  });

  describe('when text is empty', () => {
    it('gives no bytes', () => {
      expect(fromHex('')).toEqual(new Uint8Array(0));
    });
  });
});
