import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf, RecordSet, sortChanges, toHex, type AddChange, type Change } from '#libs/protocol';
import type { BucketedChange } from '#libs/signals';
import { GrowingSet } from './growing-set.js';

const SHAPE = { type: 'md5', keyLength: 16, hasValues: false };
const METADATA = Uint8Array.of(1, 1, 0, 2, 1, 0, 3, 1, 1);

function addition(n: number): BucketedChange & AddChange {
  const key = new Uint8Array(createHash('md5').update(`signal ${n}`).digest());
  return { op: 'add', key, metadata: METADATA, value: new Uint8Array(0), bucket: bucketOf(key) };
}

/** Signals that share a bucket, found by trying. */
const neighbours = (() => {
  const { bucket } = addition(0);
  const found = [0];
  for (let n = 1; found.length < 3; n++) if (addition(n).bucket === bucket) found.push(n);
  return found;
})();

describe('GrowingSet', () => {
  it('has after each part the root and number of records of the set so far', () => {
    const anySignals = fc.uniqueArray(fc.oneof(fc.constantFrom(...neighbours), fc.nat(500)), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(anySignals, fc.integer({ min: 1, max: 9 }), (numbers, length) => {
        const additions = sortChanges(numbers.map(addition) as Change[]) as (BucketedChange & AddChange)[];
        const grown = new GrowingSet();
        let set = RecordSet.empty(SHAPE);
        for (let at = 0; at < additions.length; at += length) {
          const part = additions.slice(at, at + length);
          grown.add(part);
          set = set.apply(part);
          expect([toHex(grown.root), grown.count]).toEqual([toHex(set.root), set.count]);
        }
        expect(toHex(grown.root)).toBe(toHex(set.root));
      }),
    );
  });
});
