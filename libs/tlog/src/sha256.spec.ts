import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sha256 as browser } from './sha256.browser.js';
import { sha256 as node } from './sha256.node.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('sha256', () => {
  describe('when given the empty string', () => {
    it('returns the digest of FIPS 180-4', () => {
      expect(hex(node(new Uint8Array()))).toBe(
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      );
    });
  });

  describe('when run on Node and in a browser', () => {
    it('gives the same digest', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (data) => hex(node(data)) === hex(browser(data))),
      );
    });
  });
});
