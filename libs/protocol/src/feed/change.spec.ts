import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareBytes } from './bytes.js';
import { sortChanges, type Change } from './change.js';
import { anyChanges, MD5, refusal } from './feed.arbitrary.js';

const removal = (...key: number[]): Change => ({ op: 'remove', key: Uint8Array.from(key), reason: 1 });

describe('sortChanges', () => {
  it('sorts by key over all kinds', () => {
    fc.assert(
      fc.property(anyChanges(MD5), (changes) => {
        const shuffled = [...changes].reverse();
        expect(sortChanges(shuffled)).toEqual(changes);
        changes.forEach((change, at) => {
          if (at > 0) expect(compareBytes(changes[at - 1]!.key, change.key)).toBeLessThan(0);
        });
      }),
    );
  });

  describe('when two changes are about one key', () => {
    it('refuses them', () => {
      expect(refusal(() => sortChanges([removal(1), removal(2), removal(1)]))).toBe('duplicate');
    });
  });
});
