import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { byteString, compareBytes, equalBytes, toHex } from './bytes.js';

const anyBytes = fc.uint8Array({ maxLength: 6, max: 3 });

describe('bytes', () => {
  describe('when compared', () => {
    it('sort as Buffer sorts them', () => {
      fc.assert(
        fc.property(anyBytes, anyBytes, (a, b) => Math.sign(compareBytes(a, b)) === Buffer.compare(a, b)),
      );
    });

    it('are equal exactly when they sort the same', () => {
      fc.assert(fc.property(anyBytes, anyBytes, (a, b) => equalBytes(a, b) === (compareBytes(a, b) === 0)));
    });
  });

  describe('when made a map key', () => {
    it('keep every byte, in long arrays too', () => {
      const long = Uint8Array.from({ length: 10_000 }, (_, i) => i * 7);
      for (const bytes of [new Uint8Array(), long]) {
        expect(Buffer.from(byteString(bytes), 'latin1')).toEqual(Buffer.from(bytes));
      }
    });
  });

  describe('when shown', () => {
    it('are lower-case hex', () => {
      fc.assert(fc.property(fc.uint8Array(), (bytes) => toHex(bytes) === Buffer.from(bytes).toString('hex')));
    });
  });
});
