import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { computeSetRoot, emptySubtreeHash, toHex } from '#libs/protocol';
import { BucketIndex, INDEX_BYTES } from './bucket-index.js';

const leafOf = (n: number): Buffer => createHash('sha256').update(String(n)).digest();

describe('BucketIndex', () => {
  it('has the root of an empty set when it is empty', () => {
    expect(BucketIndex.empty().root()).toBe(toHex(emptySubtreeHash(16)));
  });

  it('has the root that the protocol computes from nothing, through any changes', () => {
    const change = fc.record({ bucket: fc.integer({ min: 0, max: 65_535 }), leaf: fc.option(fc.nat(50)) });
    const index = BucketIndex.empty();
    const leaves = new Map<number, Uint8Array>();
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        for (const { bucket, leaf } of changes) {
          const hash = leaf === null ? Buffer.from(emptySubtreeHash(0)) : leafOf(leaf);
          index.set(bucket, 7, 9, hash.toString('latin1'));
          leaves.set(bucket, hash);
        }
        expect(index.root()).toBe(toHex(computeSetRoot(leaves)));
      }),
      { numRuns: 30 },
    );
  });

  it('comes back from its bytes, and hashes all anew when told to', () => {
    const index = BucketIndex.empty();
    index.set(65_535, 2 ** 40 + 5, 1234, leafOf(1).toString('latin1'));
    const root = index.root();
    const restored = BucketIndex.restore(Buffer.from(index.bytes), 'index');
    expect(restored.place(65_535)).toEqual({ offset: 2 ** 40 + 5, length: 1234 });
    expect(restored.hasLeaf(65_535, leafOf(1).toString('latin1'))).toBe(true);
    expect(restored.root()).toBe(root);
    restored.touchAll();
    expect(restored.root()).toBe(root);
    restored.move(65_535, 3);
    expect(restored.place(65_535)).toEqual({ offset: 3, length: 1234 });
  });

  it('refuses what is no index', () => {
    const { bytes } = BucketIndex.empty();
    for (const bad of [bytes.subarray(1), Buffer.alloc(INDEX_BYTES), Buffer.alloc(0)]) {
      expect(() => BucketIndex.restore(bad, 'x.index')).toThrow(
        expect.objectContaining({ code: 'STORE_DAMAGED' }),
      );
    }
  });
});
