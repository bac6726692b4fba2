import { describe, expect, it } from '@jest/globals';
import { ByteBudgetCache } from './byte-budget-cache.js';

describe('byte budget cache', () => {
  it('forgets what was not used for longest when the budget is spent', () => {
    const cache = new ByteBudgetCache<string>(30);
    cache.set('a', 'A', 10);
    cache.set('b', 'B', 10);
    cache.set('c', 'C', 10);
    expect(cache.get('a')).toBe('A');
    cache.set('d', 'D', 10);
    expect([...'abcd'].map((key) => cache.get(key))).toEqual(['A', undefined, 'C', 'D']);
  });

  it('does not take a look for a use', () => {
    const cache = new ByteBudgetCache<string>(20);
    cache.set('a', 'A', 10);
    cache.set('b', 'B', 10);
    expect([cache.peek('a'), cache.peek('c')]).toEqual(['A', undefined]);
    cache.set('c', 'C', 10);
    expect([...'abc'].map((key) => cache.get(key))).toEqual([undefined, 'B', 'C']);
  });

  it('counts a value that is set again once', () => {
    const cache = new ByteBudgetCache<string>(30);
    for (let i = 0; i < 10; i++) cache.set('a', String(i), 20);
    cache.set('b', 'B', 10);
    expect(cache.get('a')).toBe('9');
    expect(cache.get('b')).toBe('B');
  });

  it('does not keep what alone is above the budget', () => {
    const cache = new ByteBudgetCache<string>(30);
    cache.set('a', 'A', 10);
    cache.set('big', 'B', 31);
    expect(cache.get('big')).toBeUndefined();
  });

  it('makes room for as much as is needed', () => {
    const cache = new ByteBudgetCache<string>(30);
    for (const key of 'abc') cache.set(key, key, 10);
    cache.set('d', 'd', 25);
    expect([...'abcd'].map((key) => cache.get(key))).toEqual([undefined, undefined, undefined, 'd']);
  });
});
