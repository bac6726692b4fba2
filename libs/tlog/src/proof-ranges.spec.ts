import { describe, expect, it } from '@jest/globals';
import { codeOf } from './keys.arbitrary.js';
import { consistencyRanges, inclusionRanges } from './proof-ranges.js';

const refused = (act: () => unknown): void => expect(codeOf(act)).toBe('out_of_range');

describe('inclusionRanges', () => {
  describe('when given the tree of seven leaves of RFC 9162 §2.1.5', () => {
    it('names the subtrees beside the way, leaf side first', () => {
      const tree = { start: 0, end: 7 };
      expect(inclusionRanges(3, tree)).toEqual([
        { start: 2, end: 3 },
        { start: 0, end: 2 },
        { start: 4, end: 7 },
      ]);
      expect(inclusionRanges(6, tree)).toEqual([
        { start: 4, end: 6 },
        { start: 0, end: 4 },
      ]);
    });
  });

  describe('when an index or an end of the range is no size or not in it', () => {
    it.each([-1, 0.5, NaN, 4, 2 ** 53])('refuses index %d of four', (index) => {
      refused(() => inclusionRanges(index, { start: 0, end: 4 }));
    });

    it.each([-1, 3.5, NaN, 2 ** 53])('refuses a range that ends at %d', (end) => {
      refused(() => inclusionRanges(0, { start: 0, end }));
    });

    it.each([-4, 0.5, NaN, 2, 8])('refuses a range that starts at %d and ends at 7', (start) => {
      refused(() => inclusionRanges(6, { start, end: 7 }));
    });

    it('refuses an index before the range', () => {
      refused(() => inclusionRanges(3, { start: 4, end: 7 }));
    });
  });
});

describe('consistencyRanges', () => {
  describe('when given the trees of RFC 9162 §2.1.5', () => {
    it('names the subtrees of its proofs', () => {
      const proofOf = (first: number): string[] =>
        consistencyRanges({ start: 0, end: first }, 7).map(({ start, end }) => `${start}-${end}`);
      expect(proofOf(3)).toEqual(['2-3', '3-4', '0-2', '4-7']);
      expect(proofOf(4)).toEqual(['4-7']);
      expect(proofOf(6)).toEqual(['4-6', '6-7', '0-4']);
    });
  });

  describe('when the size is none, or smaller', () => {
    it.each([-1, 5.5, NaN, 3, 2 ** 53])('refuses %d', (size) => {
      refused(() => consistencyRanges({ start: 0, end: 4 }, size));
    });
  });

  describe('when the subtree is empty', () => {
    it('needs nothing', () => {
      expect(consistencyRanges({ start: 4, end: 4 }, 7)).toEqual([]);
    });
  });
});
