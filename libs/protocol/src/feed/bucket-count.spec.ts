import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketCount } from './bucket-count.js';

describe('bucketCount', () => {
  it.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
    [7, 4],
    [8, 8],
    [1023, 512],
    [2 ** 52, 2 ** 52],
    [2 ** 53 - 1, 2 ** 52],
  ])('shows %d as %d', (n, shown) => {
    expect(bucketCount(n)).toBe(shown);
  });

  describe('when given what it shows', () => {
    it('shows the same', () => {
      fc.assert(fc.property(fc.maxSafeNat(), (n) => bucketCount(bucketCount(n)) === bucketCount(n)));
    });
  });

  describe('when the count is above 3', () => {
    it('shows more than half of it, and not more than it', () => {
      fc.assert(
        fc.property(fc.integer({ min: 4, max: Number.MAX_SAFE_INTEGER }), (n) => {
          const shown = bucketCount(n);
          return shown <= n && shown > n / 2;
        }),
      );
    });
  });
});
