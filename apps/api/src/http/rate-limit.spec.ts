import { describe, expect, it } from '@jest/globals';
import { RateLimit } from './rate-limit.js';

describe('a rate limit', () => {
  it('allows so many acts of each key in a span, and again in the next', () => {
    const limit = new RateLimit(2, 1000);
    const at = (key: string, now: number): boolean => limit.allows(key, now);
    expect([at('a', 0), at('a', 10), at('a', 20), at('b', 20)]).toEqual([true, true, false, true]);
    expect([at('a', 999), at('a', 1000), at('a', 1001), at('a', 1002)]).toEqual([false, true, true, false]);
  });

  it('remembers a bounded number of keys', () => {
    const limit = new RateLimit(1, 1000);
    for (let i = 0; i < 10_001; i++) limit.allows(String(i), 0);
    expect([limit.allows('0', 1), limit.allows('9000', 1)]).toEqual([true, false]);
  });
});
