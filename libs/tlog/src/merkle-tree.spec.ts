import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf } from './keys.arbitrary.js';
import { MerkleTree } from './merkle-tree.js';
import { growingSizes, hex, leaves, mth, numberedLeaves, path, proof } from './rfc9162.arbitrary.js';
import { leafHash } from './tree-hash.js';
import type { LeafRange } from './tree-shape.js';

describe('MerkleTree', () => {
  describe('when made of any leaves', () => {
    it('has the root of RFC 9162 at every size', () => {
      fc.assert(
        fc.property(leaves(), (data) => {
          const tree = MerkleTree.ofLeaves(data);
          expect(tree.root()).toEqual(mth(data));
          for (let size = 0; size <= data.length; size++)
            expect(tree.root(size)).toEqual(mth(data.slice(0, size)));
        }),
        { numRuns: 30 },
      );
    });

    it('is the same made of their hashes', () => {
      const data = numberedLeaves(21);
      expect(MerkleTree.ofLeafHashes(data.map(leafHash)).root()).toEqual(mth(data));
    });

    it('makes the inclusion proof PATH of RFC 9162', () => {
      fc.assert(
        fc.property(growingSizes(50, 1), fc.nat(), ([size, all], seed) => {
          const data = numberedLeaves(all);
          const index = seed % size;
          const made = MerkleTree.ofLeaves(data).inclusionProof(index, size);
          expect(made).toEqual(path(index, data.slice(0, size)));
        }),
      );
    });

    it('makes the consistency proof PROOF of RFC 9162', () => {
      fc.assert(
        fc.property(growingSizes(50, 1), ([first, second]) => {
          const data = numberedLeaves(second);
          expect(MerkleTree.ofLeaves(data).consistencyProof(first)).toEqual(proof(first, data));
        }),
      );
    });
  });

  describe('when asked for what is not in the tree', () => {
    const tree = MerkleTree.ofLeaves(numberedLeaves(10));

    it.each<[string, () => unknown]>([
      ['an index at the size', () => tree.inclusionProof(10)],
      ['an index at an earlier size', () => tree.inclusionProof(4, 4)],
      ['a negative index', () => tree.inclusionProof(-1)],
      ['a leaf of the empty tree', () => tree.inclusionProof(0, 0)],
      ['a size beyond it', () => tree.root(11)],
      ['a proof beyond it', () => tree.inclusionProof(0, 11)],
      ['consistency beyond it', () => tree.consistencyProof(3, 11)],
      ['consistency from the empty tree', () => tree.consistencyProof(0)],
      ['consistency of the empty tree with itself', () => tree.consistencyProof(0, 0)],
      ['consistency backwards', () => tree.consistencyProof(7, 6)],
      ['a fraction', () => tree.root(0.5)],
      ['a subtree that starts where none does', () => tree.subtreeRoot({ start: 2, end: 5 })],
      ['a subtree that ends before it starts', () => tree.subtreeRoot({ start: 4, end: 2 })],
    ])('refuses %s', (_, act) => {
      expect(codeOf(act)).toBe('out_of_range');
    });

    it('refuses leaf hashes that are not 32 bytes', () => {
      expect(codeOf(() => MerkleTree.ofLeafHashes([new Uint8Array(31)]))).toBe('malformed');
    });
  });

  // draft-ietf-plants-merkle-tree-certs, "Subtree Test Vectors", as in transparency-dev/merkle, testonly/vectors_test.go:
  // one digest over the lines for all valid subtrees [s, e) of the tree with leaves 00, 01, … 81 (130 of them).
  describe('when all valid subtrees up to 130 leaves are gone through', () => {
    const MOST = 130;
    const tree = MerkleTree.ofLeaves(Array.from({ length: MOST }, (_, i) => Uint8Array.of(i)));
    const isSubtree = ({ start, end }: LeafRange): boolean =>
      start === 0 || start === end || start % 2 ** Math.ceil(Math.log2(end - start)) === 0;
    const subtrees = Array.from({ length: MOST + 1 }, (_, end) =>
      Array.from({ length: end + 1 }, (_, start) => ({ start, end })).filter(isSubtree),
    );
    const line = (start: string, hashes: readonly Uint8Array[]): string =>
      `${[start, ...hashes.map(hex)].join(' ')}\n`;
    const digest = (lines: readonly string[]): string =>
      createHash('sha256').update(lines.join('')).digest('hex');

    it('gives the accumulated digest of all roots', () => {
      const lines = subtrees
        .flat()
        .map((range) => line(`[${range.start}, ${range.end})`, [tree.subtreeRoot(range)]));
      expect(digest(lines)).toBe('b82806ad4265bb151c1119c0f4db437bb4d1a1f887b3a7fba1cd4ebf552e3e81');
    });

    it('gives the accumulated digest of all inclusion proofs', () => {
      const lines = subtrees.flat().flatMap(({ start, end }) =>
        Array.from({ length: end - start }, (_, i) => {
          const proofHashes = tree.subtreeInclusionProof(start + i, { start, end });
          return line(`${start + i} [${start}, ${end})`, proofHashes);
        }),
      );
      expect(digest(lines)).toBe('ac2a8f989e44d99e399db448050ff5f19757df53cfb716aa81015d3955d8163f');
    });

    it('gives the accumulated digest of all consistency proofs', () => {
      const lines = Array.from({ length: MOST + 1 }, (_, size) =>
        subtrees
          .slice(0, size + 1)
          .flat()
          .map((range) =>
            line(`[${range.start}, ${range.end}) ${size}`, tree.subtreeConsistencyProof(range, size)),
          ),
      ).flat();
      expect(digest(lines)).toBe('10fa99b37bf9bf9ffa26b412fbd98bd75363256d0b75d61bc4538b9c9c5a0a74');
    });
  });
});
