import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf } from './keys.arbitrary.js';
import { growingSizes, mth, numberedLeaves, proof } from './rfc9162.arbitrary.js';
import { emptyRoot, nodeHash } from './tree-hash.js';
import { verifyConsistency, type ConsistencyClaim } from './verify-consistency.js';

const claimOf = (first: number, second: number): ConsistencyClaim => {
  const data = numberedLeaves(second);
  return {
    first: { size: first, root: mth(data.slice(0, first)) },
    second: { size: second, root: mth(data) },
    proof: proof(first, data),
  };
};
const codeOfClaim = (claim: ConsistencyClaim): string | undefined => codeOf(() => verifyConsistency(claim));
const random = emptyRoot();

describe('verifyConsistency', () => {
  describe('when given PROOF of RFC 9162', () => {
    it('accepts it for all pairs of sizes up to 40', () => {
      for (let second = 1; second <= 40; second++) {
        for (let first = 1; first <= second; first++) verifyConsistency(claimOf(first, second));
      }
    });
  });

  describe('when a root is another one', () => {
    it('refuses it', () => {
      fc.assert(
        fc.property(growingSizes(40, 1), ([first, second]) => {
          const claim = claimOf(first, second);
          expect(codeOfClaim({ ...claim, first: { size: first, root: random } })).toBe('proof_rejected');
          expect(codeOfClaim({ ...claim, second: { size: second, root: random } })).toBe('proof_rejected');
        }),
      );
    });

    it('refuses the second tree of a fork', () => {
      const forked = [Uint8Array.of(9), ...numberedLeaves(9).slice(1)];
      const claim = { ...claimOf(5, 9), second: { size: 9, root: mth(forked) }, proof: proof(5, forked) };
      expect(codeOfClaim(claim)).toBe('proof_rejected');
    });
  });

  describe('when the proof or a size is changed', () => {
    const claims = [claimOf(1, 8), claimOf(6, 8), claimOf(2, 5), claimOf(3, 7), claimOf(4, 6), claimOf(5, 6)];

    it.each(claims.map((claim) => [claim]))('refuses it longer, shorter, or with a bit changed', (claim) => {
      const { first, second, proof: hashes } = claim;
      const flipped = hashes.map((hash, i) => (i === 0 ? hash.map((byte) => byte ^ 1) : hash));
      for (const changed of [
        [],
        [random, ...hashes],
        [...hashes, random],
        [first.root, ...hashes],
        [second.root, ...hashes],
        [...hashes, first.root],
        [...hashes, second.root],
        hashes.slice(1),
        hashes.slice(0, -1),
        flipped,
      ]) {
        expect(codeOfClaim({ ...claim, proof: changed })).toBe('proof_rejected');
      }
    });

    it('refuses roots that changed places', () => {
      const { first, second, proof: hashes } = claimOf(3, 7);
      const swapped = { first: { ...first, root: second.root }, second: { ...second, root: first.root } };
      expect(codeOfClaim({ ...swapped, proof: hashes })).toBe('proof_rejected');
    });

    it('refuses another size wherever the proof has another shape for it', () => {
      const claim = claimOf(6, 8);
      expect(codeOfClaim({ ...claim, first: { ...claim.first, size: 4 } })).toBe('proof_rejected');
      expect(codeOfClaim({ ...claim, first: { ...claim.first, size: 7 } })).toBe('proof_rejected');
      expect(codeOfClaim({ ...claim, second: { ...claim.second, size: 16 } })).toBe('proof_rejected');
    });

    it('refuses larger trees that are said to be smaller ones of the same shape at the right edge', () => {
      const { first, second, proof: hashes } = claimOf(7, 8);
      const smaller = { first: { ...first, size: 3 }, second: { ...second, size: 4 }, proof: hashes };
      expect(codeOfClaim(smaller)).toBe('proof_rejected');
    });

    it('refuses a hash of another length', () => {
      const claim = claimOf(3, 7);
      const short = new Uint8Array(31);
      expect(codeOfClaim({ ...claim, proof: [short, ...claim.proof.slice(1)] })).toBe('malformed');
      expect(codeOfClaim({ ...claim, proof: [claim.proof[0]!, short] })).toBe('malformed');
      expect(codeOfClaim({ ...claim, first: { size: 3, root: short } })).toBe('malformed');
      expect(codeOfClaim({ ...claim, second: { size: 7, root: short } })).toBe('malformed');
    });

    it('refuses more than 63 hashes', () => {
      expect(codeOfClaim({ ...claimOf(3, 7), proof: Array.from({ length: 64 }, () => random) })).toBe(
        'proof_rejected',
      );
    });
  });

  // transparency-dev/merkle, testdata/consistency/additional.
  describe('when the sizes are equal', () => {
    it('accepts an empty proof with equal roots, and nothing else', () => {
      const claim = claimOf(1, 1);
      verifyConsistency(claim);
      expect(codeOfClaim({ ...claim, second: { size: 1, root: random } })).toBe('proof_rejected');
      expect(codeOfClaim({ ...claim, proof: [random] })).toBe('proof_rejected');
    });
  });

  describe('when the first size is 0', () => {
    it.each([0, 1])('refuses it against size %d, even with equal roots', (size) => {
      const empty = { size: 0, root: emptyRoot() };
      const second = { size, root: emptyRoot() };
      expect(codeOfClaim({ first: empty, second, proof: [] })).toBe('out_of_range');
      expect(codeOfClaim({ first: empty, second, proof: [emptyRoot()] })).toBe('out_of_range');
    });
  });

  describe('when the first size is the greater one', () => {
    it('refuses it', () => {
      const { first, second } = claimOf(1, 2);
      expect(codeOfClaim({ first: second, second: first, proof: [] })).toBe('out_of_range');
      expect(codeOfClaim({ first, second: { size: 0, root: emptyRoot() }, proof: [] })).toBe('out_of_range');
    });
  });

  describe('when sizes are over 32 bits', () => {
    it('accepts a proof between very large trees', () => {
      const root = nodeHash(random, random);
      const heads = { first: { size: 2 ** 52, root: random }, second: { size: 2 ** 52 + 1, root } };
      verifyConsistency({ ...heads, proof: [random] });
      expect(codeOfClaim({ ...heads, proof: [random, random] })).toBe('proof_rejected');
    });

    it('refuses what is no safe integer', () => {
      const { first, second, proof: hashes } = claimOf(3, 7);
      expect(codeOfClaim({ first, second: { ...second, size: 2 ** 53 }, proof: hashes })).toBe(
        'out_of_range',
      );
      expect(codeOfClaim({ first: { ...first, size: -3 }, second, proof: hashes })).toBe('out_of_range');
    });
  });
});
