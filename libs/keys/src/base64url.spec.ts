import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeBase64url, encodeBase64url } from './base64url.js';

describe('decodeBase64url', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect([...decodeBase64url(encodeBase64url(bytes))!]).toEqual([...bytes]);
      }),
    );
  });

  it('encodes a view, not the buffer under it', () => {
    expect(encodeBase64url(Uint8Array.of(0, 1, 2, 3).subarray(1, 3))).toBe('AQI');
  });

  it('knows one text only for every value', () => {
    const nearly = fc.oneof(
      fc.base64String(),
      fc.stringMatching(/^[A-Za-z0-9_\-=+/ .\n]{0,12}$/),
      fc.string(),
    );
    fc.assert(
      fc.property(nearly, (text) => {
        const bytes = decodeBase64url(text);
        expect(bytes === null || encodeBase64url(bytes) === text).toBe(true);
      }),
    );
  });

  it.each(['AQI=', 'AQJ', 'A', 'AQI ', ' AQI', 'AQI\n', 'A+/_', '+/+/', 'AQ.I', 'ÀQI', 'AQI\0'])(
    'refuses %j',
    (text) => {
      expect(decodeBase64url(text)).toBeNull();
    },
  );
});
