import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf } from '#libs/protocol';
import { keyBuckets } from './key-buckets.js';
import { fitsKernel } from './lane-kernel.js';

/** Many keys of one length, different in every byte. */
function keysOf(length: number, count: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: length * count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  });
}

describe('keyBuckets', () => {
  it.each([4, 16, 20, 28, 32, 52])('hashes many keys of %i bytes as one by one', (length) => {
    expect(fitsKernel(length)).toBe(true);
    fc.assert(
      fc.property(fc.integer({ min: 4096, max: 4110 }), fc.nat(3), fc.nat(), (count, start, seed) => {
        const bytes = Buffer.concat([Buffer.alloc(start), keysOf(length, count, seed)]);
        const buckets = keyBuckets(bytes, start, length, count);
        for (let i = 0; i < count; i++) {
          const at = start + i * length;
          if (buckets[i] !== bucketOf(bytes.subarray(at, at + length))) throw new Error(`key ${i} differs`);
        }
      }),
      { numRuns: 4 },
    );
  });

  it.each([1, 33, 56, 64, 255])('hashes keys of %i bytes too, for which there is no kernel', (length) => {
    expect(fitsKernel(length)).toBe(false);
    const bytes = keysOf(length, 4100, 1);
    const buckets = keyBuckets(bytes, 0, length, 4100);
    expect(buckets[4099]).toBe(bucketOf(bytes.subarray(4099 * length, 4100 * length)));
  });

  it('hashes few keys', () => {
    const bytes = keysOf(32, 3, 1);
    expect([...keyBuckets(bytes, 0, 32, 3)]).toEqual(
      [0, 32, 64].map((at) => bucketOf(bytes.subarray(at, at + 32))),
    );
    expect(keyBuckets(bytes, 0, 32, 0)).toHaveLength(0);
  });
});
