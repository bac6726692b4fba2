import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf } from './keys.arbitrary.js';
import { growingSizes, mth, numberedLeaves, path } from './rfc9162.arbitrary.js';
import { emptyRoot, leafHash, nodeHash } from './tree-hash.js';
import { verifyInclusion, type InclusionClaim } from './verify-inclusion.js';

const claimOf = (index: number, size: number): InclusionClaim => {
  const data = numberedLeaves(size);
  return { leafHash: leafHash(data[index]!), index, size, root: mth(data), proof: path(index, data) };
};
const codeOfClaim = (claim: InclusionClaim): string | undefined => codeOf(() => verifyInclusion(claim));
const random = emptyRoot();

describe('verifyInclusion', () => {
  describe('when given PATH of RFC 9162', () => {
    it('accepts it for every leaf of every tree up to 40 leaves', () => {
      for (let size = 1; size <= 40; size++) {
        for (let index = 0; index < size; index++) verifyInclusion(claimOf(index, size));
      }
    });
  });

  describe('when the same proof is said to be of another leaf, index, size or root', () => {
    it('refuses it', () => {
      fc.assert(
        fc.property(
          growingSizes(40, 1),
          fc.nat(),
          fc.integer({ min: 1, max: 80 }),
          ([, size], seed, other) => {
            const claim = claimOf(seed % size, size);
            expect(codeOfClaim({ ...claim, leafHash: random })).toBe('proof_rejected');
            expect(codeOfClaim({ ...claim, root: random })).toBe('proof_rejected');
            if (other < size && other !== claim.index) {
              expect(codeOfClaim({ ...claim, index: other })).toBe('proof_rejected');
            }
          },
        ),
      );
    });

    it('refuses another size wherever the proof has another shape for it', () => {
      expect(codeOfClaim({ ...claimOf(3, 7), size: 9 })).toBe('proof_rejected');
      expect(codeOfClaim({ ...claimOf(3, 7), size: 4 })).toBe('proof_rejected');
      expect(codeOfClaim({ ...claimOf(6, 7), size: 8 })).toBe('proof_rejected');
    });
  });

  describe('when a larger tree is said to be a smaller one of the same shape at the right edge', () => {
    it('refuses it', () => {
      expect(codeOfClaim({ ...claimOf(7, 8), index: 3, size: 4 })).toBe('proof_rejected');
    });
  });

  describe('when the proof is changed', () => {
    const claims = [claimOf(0, 8), claimOf(5, 8), claimOf(6, 7), claimOf(2, 3), claimOf(1, 5)];

    it.each(claims.map((claim) => [claim]))(
      'refuses it longer, shorter, reordered, or with a bit changed',
      (claim) => {
        const { proof, root, leafHash: leaf } = claim;
        const flipped = proof.map((hash, i) => (i === 0 ? hash.map((byte) => byte ^ 1) : hash));
        for (const changed of [
          [random, ...proof],
          [...proof, random],
          [...proof, root],
          [root, ...proof],
          [leaf, ...proof],
          [...proof.slice(0, 1), random, ...proof.slice(1)],
          proof.slice(1),
          proof.slice(0, -1),
          flipped,
        ]) {
          expect(codeOfClaim({ ...claim, proof: changed })).toBe('proof_rejected');
        }
      },
    );

    it('refuses a hash of another length', () => {
      const claim = claimOf(0, 2);
      expect(codeOfClaim({ ...claim, proof: [new Uint8Array(31)] })).toBe('malformed');
      expect(codeOfClaim({ ...claim, leafHash: new Uint8Array(0) })).toBe('malformed');
    });

    it('refuses more than 63 hashes without hashing', () => {
      expect(codeOfClaim({ ...claimOf(0, 2), proof: Array.from({ length: 64 }, () => random) })).toBe(
        'proof_rejected',
      );
    });
  });

  // transparency-dev/merkle, testdata/inclusion: additional and single-entry.
  describe('when the tree has no leaf or one', () => {
    const leaf = leafHash(Uint8Array.of(7));
    const claim = { leafHash: leaf, index: 0, size: 1, root: leaf, proof: [] };

    it('accepts the leaf that is the root, and nothing else', () => {
      verifyInclusion(claim);
      expect(codeOfClaim({ ...claim, root: random })).toBe('proof_rejected');
      expect(codeOfClaim({ ...claim, root: new Uint8Array() })).toBe('proof_rejected');
      expect(codeOfClaim({ ...claim, proof: [random] })).toBe('proof_rejected');
    });

    it('refuses a leaf hash and a root that are both empty', () => {
      const nothing = new Uint8Array();
      expect(codeOfClaim({ ...claim, leafHash: nothing, root: nothing })).toBe('malformed');
    });

    it('refuses an index at or over the size', () => {
      expect(codeOfClaim({ ...claim, size: 0, root: emptyRoot() })).toBe('out_of_range');
      expect(codeOfClaim({ ...claim, index: 1, size: 0 })).toBe('out_of_range');
      expect(codeOfClaim({ ...claim, index: 2 })).toBe('out_of_range');
      expect(codeOfClaim({ ...claim, index: 1 })).toBe('out_of_range');
    });
  });

  describe('when index and size are over 32 bits', () => {
    it('accepts a proof at the far end of the largest tree', () => {
      const size = Number.MAX_SAFE_INTEGER;
      const proof = Array.from({ length: 52 }, () => random);
      const leaf = leafHash(new Uint8Array());
      const root = proof.reduce((hash, sibling) => nodeHash(sibling, hash), leaf);
      verifyInclusion({ leafHash: leaf, index: size - 1, size, root, proof });
      expect(codeOfClaim({ leafHash: leaf, index: 2 ** 32 - 1, size, root, proof })).toBe('proof_rejected');
    });

    it('refuses what is no safe integer', () => {
      expect(codeOfClaim({ ...claimOf(0, 2), size: 2 ** 53 })).toBe('out_of_range');
      expect(codeOfClaim({ ...claimOf(0, 2), index: -1 })).toBe('out_of_range');
      expect(codeOfClaim({ ...claimOf(0, 2), index: 0.5 })).toBe('out_of_range');
    });
  });
});
