import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf } from './keys.arbitrary.js';
import { hex, mth } from './rfc9162.arbitrary.js';
import { emptyRoot, leafHash, nodeHash, parentHashes } from './tree-hash.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('leafHash', () => {
  describe('when given the vectors of transparency-dev/merkle, rfc6962_test.go', () => {
    it('gives their digests', () => {
      expect(hex(emptyRoot())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
      expect(hex(leafHash(text('')))).toBe(
        '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      );
      expect(hex(leafHash(text('L123456')))).toBe(
        '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
      );
    });
  });

  describe('when leaves of any length follow each other', () => {
    it('hashes each by itself', () => {
      const lengths = fc.array(fc.constantFrom(0, 1, 63, 1022, 1023, 1024, 1025, 3000), { maxLength: 6 });
      fc.assert(
        fc.property(lengths, fc.integer({ min: 1, max: 255 }), (each, fill) => {
          const data = each.map((length) => new Uint8Array(length).fill(fill));
          expect(data.map((leaf) => hex(leafHash(leaf)))).toEqual(data.map((leaf) => hex(mth([leaf]))));
        }),
      );
    });
  });
});

describe('nodeHash', () => {
  const left = leafHash(text('a'));
  const right = leafHash(text('b'));

  describe('when given two hashes', () => {
    it('joins them as RFC 9162 says', () => {
      expect(nodeHash(left, right)).toEqual(mth([text('a'), text('b')]));
    });

    it('returns bytes of its own', () => {
      const first = nodeHash(left, right);
      nodeHash(right, left);
      expect(first).toEqual(mth([text('a'), text('b')]));
    });
  });

  describe('when a child is not 32 bytes', () => {
    it('refuses it', () => {
      expect(codeOf(() => nodeHash(left.subarray(1), right))).toBe('malformed');
      expect(codeOf(() => nodeHash(left, new Uint8Array(33)))).toBe('malformed');
    });
  });

  describe('when a leaf holds the bytes of a node', () => {
    it('gives another hash, so that no leaf passes for a node', () => {
      expect(leafHash(Uint8Array.of(...left, ...right))).not.toEqual(nodeHash(left, right));
    });
  });
});

describe('parentHashes', () => {
  describe('when a level has an odd number of hashes', () => {
    it('leaves the last one out', () => {
      const level = Uint8Array.from(['a', 'b', 'c'].flatMap((leaf) => [...leafHash(text(leaf))]));
      expect(parentHashes(level)).toEqual(mth([text('a'), text('b')]));
    });
  });
});
