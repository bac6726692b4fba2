import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeMetadata } from '../feed/index.js';
import { evaluateClaims, type StandingClaim } from './evaluate.js';

const claim = (member: number, rest: Partial<StandingClaim> = {}): StandingClaim => ({
  member,
  group: `group-${member}`,
  accredited: false,
  probation: false,
  named: false,
  labels: [],
  quality: null,
  expires: null,
  ...rest,
});
const claims = (count: number) => Array.from({ length: count }, (_, i) => claim(i + 1));

const anyClaims = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 12 }).chain((members) =>
  fc.tuple(
    ...members.map((member) =>
      fc.record({
        member: fc.constant(member),
        group: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        accredited: fc.boolean(),
        probation: fc.boolean(),
        named: fc.boolean(),
        labels: fc.subarray([1, 2, 300]),
        quality: fc.option(fc.nat(100)),
        expires: fc.option(fc.integer({ min: 1, max: 30_000 })),
      }),
    ),
  ),
);

describe('evaluateClaims', () => {
  describe('when no claim stands', () => {
    it('gives no record', () => {
      expect(evaluateClaims([], 2)).toBeNull();
    });
  });

  describe('when claims stand', () => {
    it('says all that is known, and no more', () => {
      expect(evaluateClaims([claim(7)], 2)).toEqual({
        status: 'active',
        assurance: 'provisional',
        supporters: 1,
        labels: [],
        expiryDay: undefined,
        quality: undefined,
        authors: [],
        unknown: [],
      });
    });

    it('can be encoded, and does not depend on their order', () => {
      const shuffled = anyClaims.chain((some) =>
        fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
      );
      fc.assert(
        fc.property(shuffled, fc.integer({ min: 2, max: 5 }), ([some, others], corroboration) => {
          const [first, second] = [
            evaluateClaims(some, corroboration),
            evaluateClaims(others, corroboration),
          ];
          expect(second).toEqual(first);
          expect(first === null).toBe(some.length === 0);
          if (first !== null) expect(encodeMetadata(first).length).toBeGreaterThan(0);
        }),
      );
    });
  });

  describe('assurance', () => {
    const assurance = (some: StandingClaim[], corroboration = 2) =>
      evaluateClaims(some, corroboration)!.assurance;

    it('counts no member on probation, though it is a supporter', () => {
      const [first, second] = [claim(1), claim(2, { probation: true, accredited: true })];
      expect(assurance([first, second])).toBe('provisional');
      expect(evaluateClaims([first, second], 2)!.supporters).toBe(2);
      expect(assurance([first, second, claim(3)])).toBe('corroborated');
      expect(assurance([{ ...second, probation: false }])).toBe('verified');
    });

    it('is corroborated from so many independent groups on', () => {
      expect(assurance(claims(1))).toBe('provisional');
      expect(assurance(claims(2))).toBe('corroborated');
      expect(assurance(claims(2), 3)).toBe('provisional');
      expect(assurance(claims(3), 3)).toBe('corroborated');
    });

    it('counts members of one group once', () => {
      expect(assurance([claim(1, { group: 'a' }), claim(2, { group: 'a' })])).toBe('provisional');
    });

    it('is verified by one accredited hotline', () => {
      expect(assurance([claim(1, { accredited: true })], 100)).toBe('verified');
      expect(assurance([...claims(2), claim(3, { accredited: true })])).toBe('verified');
    });
  });

  describe('counts', () => {
    it('are exact to 3, then powers of two', () => {
      const supporters = [1, 2, 3, 4, 5, 7, 8, 15, 16].map((n) => evaluateClaims(claims(n), 2)!.supporters);
      expect(supporters).toEqual([1, 2, 3, 4, 4, 4, 8, 8, 16]);
    });

    it('count each label by groups, in order of code', () => {
      const some = [
        claim(1, { group: 'a', labels: [20, 30] }),
        claim(2, { group: 'a', labels: [20] }),
        claim(3, { group: 'b', labels: [10, 20] }),
      ];
      expect(evaluateClaims(some, 2)!.labels).toEqual([
        { code: 10, count: 1 },
        { code: 20, count: 2 },
        { code: 30, count: 1 },
      ]);
      const five = claims(5).map((one) => ({ ...one, labels: [1] }));
      expect(evaluateClaims(five, 2)!.labels).toEqual([{ code: 1, count: 4 }]);
    });
  });

  describe('expiry', () => {
    it('is that of the last claim to expire, and none while one is open-ended', () => {
      const days = (...expires: (number | null)[]) =>
        evaluateClaims(
          expires.map((day, i) => claim(i + 1, { expires: day })),
          2,
        )!.expiryDay;
      expect(days(5, 9, 7)).toBe(9);
      expect(days(5, null, 7)).toBeUndefined();
    });
  });

  describe('quality', () => {
    it('is the greatest reported, 0 too', () => {
      const quality = (...values: (number | null)[]) =>
        evaluateClaims(
          values.map((value, i) => claim(i + 1, { quality: value })),
          2,
        )!.quality;
      expect(quality(40, null, 80, 60)).toBe(80);
      expect(quality(null, 0)).toBe(0);
      expect(quality(null)).toBeUndefined();
    });
  });

  describe('authors', () => {
    it('are those who wish to be named, ascending, the first eight', () => {
      expect(
        evaluateClaims([claim(9, { named: true }), claim(4), claim(2, { named: true })], 2)!.authors,
      ).toEqual([2, 9]);
      const ten = claims(10)
        .reverse()
        .map((one) => ({ ...one, named: true }));
      expect(evaluateClaims(ten, 2)!.authors).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });
  });
});
