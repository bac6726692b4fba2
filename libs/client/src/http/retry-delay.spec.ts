import { describe, expect, it } from '@jest/globals';
import { backoff, retryAfter } from './retry-delay.js';

describe('backoff', () => {
  it('doubles up to ten seconds, between half of it and all of it', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 60].map((attempt) => backoff(attempt, () => 1))).toEqual([
      250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000,
    ]);
    expect(backoff(3, () => 0)).toBe(500);
  });
});

describe('retryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  it.each([
    ['0', 0],
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', null],
    ['-5x', null],
    [null, null],
  ])('reads %j', (header, expected) => {
    expect(retryAfter(header, now)).toBe(expected);
  });
});
