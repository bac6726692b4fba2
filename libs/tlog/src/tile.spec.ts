import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf } from './keys.arbitrary.js';
import { mth, numberedLeaves } from './rfc9162.arbitrary.js';
import { decodeTile, encodeTile, fullTileRoot, hashInTile } from './tile.js';
import { leafHash } from './tree-hash.js';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('encodeTile', () => {
  describe('when decoded', () => {
    it('gives the same hashes', () => {
      fc.assert(
        fc.property(fc.array(hash, { minLength: 1, maxLength: 256 }), (hashes) => {
          expect(decodeTile(encodeTile(hashes), hashes.length)).toEqual(hashes);
        }),
        { numRuns: 30 },
      );
    });
  });

  describe('when there are no hashes, too many, or one of another length', () => {
    it('refuses them', () => {
      expect(codeOf(() => encodeTile([]))).toBe('out_of_range');
      expect(codeOf(() => encodeTile(Array.from({ length: 257 }, () => new Uint8Array(32))))).toBe(
        'out_of_range',
      );
      expect(codeOf(() => encodeTile([new Uint8Array(33)]))).toBe('malformed');
    });
  });
});

describe('decodeTile', () => {
  describe('when the length does not fit the width', () => {
    it('refuses it', () => {
      expect(codeOf(() => decodeTile(new Uint8Array(64), 1))).toBe('malformed');
      expect(codeOf(() => decodeTile(new Uint8Array(63), 2))).toBe('malformed');
      expect(codeOf(() => decodeTile(new Uint8Array(), 0))).toBe('out_of_range');
      expect(codeOf(() => decodeTile(new Uint8Array(257 * 32), 257))).toBe('out_of_range');
    });
  });

  describe('when the bytes are used again', () => {
    it('has copies, also of a Buffer', () => {
      const bytes = Buffer.alloc(32, 5);
      const [copy] = decodeTile(bytes, 1);
      bytes.fill(0);
      expect(copy).toEqual(new Uint8Array(32).fill(5));
    });
  });
});

describe('hashInTile', () => {
  describe('when given a full tile of leaf hashes', () => {
    const leaves = numberedLeaves(256);
    const tile = encodeTile(leaves.map(leafHash));

    it('gives the root of its leaves, and of any complete subtree', () => {
      expect(fullTileRoot(tile)).toEqual(mth(leaves));
      expect(hashInTile(tile, 40, 3)).toEqual(mth(leaves.slice(40, 48)));
      expect(hashInTile(tile, 255, 0)).toEqual(leafHash(leaves[255]!));
    });
  });
});
