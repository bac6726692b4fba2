import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeLeafChanges, encodeLeafChanges } from './leaf-changes.js';

const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyLeaves = fc.uniqueArray(fc.tuple(fc.nat(65_535), anyHash), { selector: ([bucket]) => bucket });

describe('leaf changes', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(anyLeaves, (leaves) => {
        const decoded = decodeLeafChanges(encodeLeafChanges(new Map(leaves)));
        expect(decoded.map(([bucket, hash]) => [bucket, [...hash]])).toEqual(
          leaves.map(([bucket, hash]) => [bucket, [...hash]]),
        );
      }),
    );
  });

  it('take 34 bytes each, the bucket first', () => {
    const bytes = encodeLeafChanges(new Map([[0x0102, new Uint8Array(32).fill(7)]]));
    expect(bytes.toString('hex')).toBe(`0102${'07'.repeat(32)}`);
  });
});
