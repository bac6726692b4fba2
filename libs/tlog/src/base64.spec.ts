import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeBase64, encodeBase64 } from './base64.js';
import { codeOf } from './keys.arbitrary.js';

describe('encodeBase64', () => {
  describe('when compared with Node', () => {
    it('writes the same, and reads it back', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
          const text = encodeBase64(bytes);
          expect(text).toBe(Buffer.from(bytes).toString('base64'));
          expect(decodeBase64(text, 'bytes')).toEqual(bytes);
        }),
      );
    });
  });
});

describe('decodeBase64', () => {
  describe('when given another spelling of the same bytes, or none', () => {
    it.each(['YQ', 'YQ=', 'YR==', 'YWI', 'YW J', ' YQ==', 'YQ==\n', 'Y-_Y', 'Y*==', '====', 'a', 'é==='])(
      'refuses %j',
      (text) => {
        expect(codeOf(() => decodeBase64(text, 'bytes'))).toBe('malformed');
      },
    );
  });

  describe('when given any text', () => {
    it('accepts only what encodes back to it', () => {
      const base64ish = fc.string({ unit: fc.constantFrom('A', 'Q', '=', '/', '+', ' ', '-'), maxLength: 8 });
      fc.assert(
        fc.property(base64ish, (text) => {
          const accepted = codeOf(() => decodeBase64(text, 'bytes')) === undefined;
          expect(accepted).toBe(Buffer.from(text, 'base64').toString('base64') === text);
        }),
      );
    });
  });
});
