import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CompactRange, merkleRoot, rootOfLeafHashes } from './compact-range.js';
import { codeOf } from './keys.arbitrary.js';
import { growingSizes, hex, leaves, mth, numberedLeaves, unhex } from './rfc9162.arbitrary.js';
import { emptyRoot, leafHash } from './tree-hash.js';

// transparency-dev/merkle, testonly/constants.go: leaves, and the root of each tree of 0 to 8 of them.
const INPUTS = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const rangeOver = (data: Iterable<Uint8Array>): CompactRange => {
  const range = CompactRange.empty();
  for (const leaf of data) range.append(leafHash(leaf));
  return range;
};

describe('merkleRoot', () => {
  describe('when given the leaves of transparency-dev/merkle', () => {
    it.each(ROOTS.map((root, size) => [size, root]))('gives the root of size %d', (size, root) => {
      expect(hex(merkleRoot(INPUTS.slice(0, Number(size)).map(unhex)))).toBe(root);
    });
  });

  describe('when given any leaves', () => {
    it('gives MTH of RFC 9162, and so does the root over their hashes', () => {
      fc.assert(
        fc.property(leaves(), (data) => {
          expect(merkleRoot(data)).toEqual(mth(data));
          expect(rootOfLeafHashes(data.map(leafHash))).toEqual(mth(data));
        }),
      );
    });

    it('takes any iterable', () => {
      expect(merkleRoot(new Set(numberedLeaves(5)))).toEqual(mth(numberedLeaves(5)));
    });
  });
});

describe('CompactRange', () => {
  describe('when leaves are appended one by one', () => {
    it('has the size and root of each tree on the way', () => {
      const data = numberedLeaves(70);
      const range = CompactRange.empty();
      expect(range.root()).toEqual(emptyRoot());
      data.forEach((leaf, i) => {
        range.append(leafHash(leaf));
        expect(range.head()).toEqual({ size: i + 1, root: mth(data.slice(0, i + 1)) });
      });
    });

    it('keeps no hold on the hashes it was given or gave out', () => {
      const hash = leafHash(Uint8Array.of(1));
      const range = CompactRange.empty();
      range.append(hash);
      hash.fill(0);
      range.root().fill(0);
      range.frontier().fill(0);
      expect(range.root()).toEqual(mth([Uint8Array.of(1)]));
    });
  });

  describe('when written and restored', () => {
    it('is the same range', () => {
      fc.assert(
        fc.property(leaves(), leaves(), (before, after) => {
          const range = rangeOver(before);
          const restored = CompactRange.restore(range.size, range.frontier(), range.root());
          expect(restored.frontier()).toEqual(range.frontier());
          restored.appendAll(after.map(leafHash));
          expect(restored.root()).toEqual(mth([...before, ...after]));
        }),
      );
    });

    it('writes the largest subtree first', () => {
      const data = numberedLeaves(6);
      expect(rangeOver(data).frontier()).toEqual(
        Uint8Array.of(...mth(data.slice(0, 4)), ...mth(data.slice(4))),
      );
    });

    it('keeps no hold on the bytes it was given', () => {
      const frontier = Buffer.from(rangeOver(numberedLeaves(3)).frontier());
      const restored = CompactRange.restore(3, frontier);
      frontier.fill(0);
      expect(restored.root()).toEqual(mth(numberedLeaves(3)));
    });
  });

  describe('when what is restored does not fit', () => {
    const { size } = rangeOver(numberedLeaves(6));
    const frontier = rangeOver(numberedLeaves(6)).frontier();

    it('refuses a frontier of another length, and a size that is none', () => {
      expect(codeOf(() => CompactRange.restore(7, frontier))).toBe('malformed');
      expect(codeOf(() => CompactRange.restore(size, frontier.subarray(1)))).toBe('malformed');
      expect(codeOf(() => CompactRange.restore(0, frontier))).toBe('malformed');
      expect(codeOf(() => CompactRange.restore(-1, frontier))).toBe('out_of_range');
      expect(codeOf(() => CompactRange.restore(2 ** 53, frontier.subarray(0, 32)))).toBe('out_of_range');
    });

    it('refuses another root', () => {
      expect(codeOf(() => CompactRange.restore(5, frontier, emptyRoot()))).toBe('root_mismatch');
      expect(codeOf(() => CompactRange.restore(size, frontier, emptyRoot()))).toBe('root_mismatch');
    });
  });

  describe('when it is as large as sizes go', () => {
    it('refuses one leaf more and stays as it was', () => {
      const full = CompactRange.restore(Number.MAX_SAFE_INTEGER, new Uint8Array(53 * 32));
      const { size, root } = full.head();
      expect(codeOf(() => full.append(new Uint8Array(32)))).toBe('out_of_range');
      expect(full.head()).toEqual({ size, root });
    });
  });

  describe('when a leaf hash is not 32 bytes', () => {
    it('refuses it', () => {
      expect(codeOf(() => CompactRange.empty().append(new Uint8Array(31)))).toBe('malformed');
    });
  });

  describe('when extended to a new head', () => {
    it('accepts the very leaves that lead there, and stays as it was', () => {
      fc.assert(
        fc.property(growingSizes(60), ([first, second]) => {
          const data = numberedLeaves(second);
          const old = rangeOver(data.slice(0, first));
          const head = { size: second, root: mth(data) };
          expect(old.extendTo(head, data.slice(first).map(leafHash)).head()).toEqual(head);
          expect(old.head()).toEqual({ size: first, root: mth(data.slice(0, first)) });
        }),
      );
    });

    const data = numberedLeaves(12);
    const old = rangeOver(data.slice(0, 5));
    const head = { size: 12, root: mth(data) };
    const fresh = data.slice(5).map(leafHash);

    it('refuses a rollback', () => {
      expect(codeOf(() => old.extendTo({ size: 4, root: mth(data.slice(0, 4)) }, []))).toBe('out_of_range');
    });

    it('refuses another root at the same size', () => {
      expect(codeOf(() => old.extendTo({ size: 5, root: emptyRoot() }, []))).toBe('root_mismatch');
    });

    it('refuses a fork of what it has seen', () => {
      const forked = [Uint8Array.of(9), ...data.slice(1)];
      expect(codeOf(() => old.extendTo({ size: 12, root: mth(forked) }, fresh))).toBe('root_mismatch');
    });

    it('refuses leaves that are missing, added, changed or out of order', () => {
      expect(codeOf(() => old.extendTo(head, fresh.slice(1)))).toBe('out_of_range');
      expect(codeOf(() => old.extendTo(head, [...fresh, fresh[0]!]))).toBe('out_of_range');
      expect(codeOf(() => old.extendTo(head, [fresh[1]!, ...fresh.slice(1)]))).toBe('root_mismatch');
      expect(codeOf(() => old.extendTo(head, fresh.toReversed()))).toBe('root_mismatch');
    });
  });
});
