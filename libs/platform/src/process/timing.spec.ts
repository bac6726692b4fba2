import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoff, until, within } from './timing.js';

describe('until', () => {
  it('answers as soon as the condition holds, and false when it never does', async () => {
    let asked = 0;
    expect(await until(() => ++asked === 3, 1000, 1)).toBe(true);
    expect(asked).toBe(3);
    expect(await until(() => false, 10, 1)).toBe(false);
  });
});

describe('within', () => {
  it('hands on what comes in time, value or error', async () => {
    expect(await within(Promise.resolve(7), 1000)).toEqual({ done: true, value: 7 });
    await expect(within(Promise.reject(new Error('no')), 1000)).rejects.toThrow('no');
  });

  it('does not wait longer than allowed', async () => {
    expect(await within(new Promise(() => undefined), 5)).toEqual({ done: false });
  });
});

describe('backoff', () => {
  it('stays between half and all of a doubling ceiling', () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (attempt, chance) => {
          const ceiling = Math.min(1000, 10 * 2 ** attempt);
          const delay = backoff(attempt, 10, 1000, () => chance);
          expect(delay).toBeGreaterThanOrEqual(ceiling / 2);
          expect(delay).toBeLessThanOrEqual(ceiling);
        },
      ),
    );
  });
});
