import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf, testKey } from './keys.arbitrary.js';
import { checkPolicy, quorumMet, type TlogPolicy } from './policy.js';

const witnesses = ['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'].map((name) => ({
  name,
  key: testKey(name, 0x04).verifier,
}));

// The example of C2SP tlog-policy.md.
const EXAMPLE: TlogPolicy = {
  logs: [{ key: testKey('log', 0x01).verifier }],
  witnesses,
  groups: [
    { name: 'X-witnesses', threshold: 2, members: ['X1', 'X2', 'X3'] },
    { name: 'Y-witnesses', threshold: 1, members: ['Y1', 'Y2', 'Y3'] },
    { name: 'X-and-Y', threshold: 2, members: ['X-witnesses', 'Y-witnesses'] },
  ],
  quorum: 'X-and-Y',
};

describe('quorumMet', () => {
  describe('when given the example of C2SP tlog-policy.md', () => {
    it('asks for two X and one Y', () => {
      fc.assert(
        fc.property(fc.subarray(witnesses), (cosigned) => {
          const names = cosigned.map(({ name }) => name);
          const count = (letter: string): number => names.filter((name) => name.startsWith(letter)).length;
          expect(quorumMet(EXAMPLE, new Set(names))).toBe(count('X') >= 2 && count('Y') >= 1);
        }),
      );
    });
  });

  describe('when the quorum is one witness, or none', () => {
    it('asks for that one, or nobody', () => {
      expect(quorumMet({ ...EXAMPLE, quorum: 'X1' }, new Set(['X1']))).toBe(true);
      expect(quorumMet({ ...EXAMPLE, quorum: 'X1' }, new Set(['X2', 'Y1']))).toBe(false);
      expect(quorumMet({ ...EXAMPLE, quorum: 'none' }, new Set())).toBe(true);
    });
  });

  describe('when the names are not those of witnesses', () => {
    it('does not count them', () => {
      expect(quorumMet(EXAMPLE, new Set(['X-and-Y', 'X-witnesses', 'Y-witnesses', 'none', 'Z']))).toBe(false);
    });
  });
});

describe('checkPolicy', () => {
  describe('when the policy is sound', () => {
    it('returns it', () => {
      expect(checkPolicy(EXAMPLE)).toEqual(EXAMPLE);
    });
  });

  describe('when it was put together wrongly', () => {
    const group = EXAMPLE.groups[0]!;

    it.each<[string, TlogPolicy]>([
      ['a group before those it names', { ...EXAMPLE, groups: EXAMPLE.groups.toReversed() }],
      ['a threshold of 0', { ...EXAMPLE, groups: [{ ...group, threshold: 0 }], quorum: 'X1' }],
      [
        'a group without members',
        { ...EXAMPLE, groups: [{ ...group, threshold: 1, members: [] }], quorum: 'X1' },
      ],
      ['a quorum that is not defined', { ...EXAMPLE, quorum: 'Z' }],
    ])('refuses %s', (_, policy) => {
      expect(codeOf(() => checkPolicy(policy))).toBe('bad_policy');
    });

    it('refuses a threshold that is no integer', () => {
      const policy = { ...EXAMPLE, groups: [{ ...group, threshold: 1.5 }], quorum: 'X1' };
      expect(codeOf(() => checkPolicy(policy))).toBe('out_of_range');
    });

    it('refuses two keys that cannot be told apart', () => {
      const { key } = EXAMPLE.logs[0]!;
      const twin = { ...testKey('other', 0x01).verifier, name: key.name, keyId: key.keyId };
      expect(codeOf(() => checkPolicy({ ...EXAMPLE, logs: [{ key }, { key: twin }] }))).toBe('bad_policy');
    });
  });
});
