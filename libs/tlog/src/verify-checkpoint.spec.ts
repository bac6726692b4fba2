import { describe, expect, it } from '@jest/globals';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.js';
import { cosign } from './cosignature.js';
import { codeOf, testKey, type TestKey } from './keys.arbitrary.js';
import { signNote } from './note-signer.js';
import type { TlogPolicy } from './policy.js';
import { formatNote, parseNote, withSignatures } from './signed-note.js';
import { emptyRoot } from './tree-hash.js';
import { verifyCheckpoint } from './verify-checkpoint.js';

const ORIGIN = 'hub.example.org/log';
const LOG = testKey(ORIGIN, 0x01);
const NEXT = testKey(ORIGIN, 0x01, 'next');
const OTHER = testKey('other.example/log', 0x01);
const WITNESSES = ['w1', 'w2', 'w3'].map((name) => testKey(`${name}.example`, 0x04));
const [W1, W2, W3] = WITNESSES as [TestKey, TestKey, TestKey];
const NOW = 1_700_000_000;

const POLICY: TlogPolicy = {
  logs: [{ key: LOG.verifier }, { key: NEXT.verifier }, { key: OTHER.verifier }],
  witnesses: WITNESSES.map(({ name, verifier }) => ({ name: name.slice(0, 2), key: verifier })),
  groups: [{ name: 'two', threshold: 2, members: ['w1', 'w2', 'w3'] }],
  quorum: 'two',
};
const FRESHNESS = { now: NOW, maxAge: 600, maxSkew: 30 };
const TEXT = formatCheckpoint({ origin: ORIGIN, size: 5, root: emptyRoot(), extensions: ['more'] });

const noteBy = async (signers: readonly TestKey[], ...cosigners: [TestKey, number][]): Promise<string> => {
  const note = parseNote(await signNote(TEXT, signers));
  return formatNote({
    text: TEXT,
    signatures: [
      ...note.signatures,
      ...(await Promise.all(cosigners.map(([key, time]) => cosign(TEXT, key, time)))),
    ],
  });
};

describe('verifyCheckpoint', () => {
  describe('when the log signed and the quorum cosigned', () => {
    it('gives the checkpoint and who vouches for it', async () => {
      const note = await noteBy([LOG], [W3, NOW], [W1, NOW - 5], [testKey('unknown', 0x04), NOW]);
      const verified = verifyCheckpoint(POLICY, note, ORIGIN, FRESHNESS);
      expect(verified).toEqual({
        ...parseCheckpoint(TEXT),
        text: TEXT,
        logKeys: [LOG.verifier],
        cosignatures: [
          { witness: POLICY.witnesses[0], timestamp: NOW - 5 },
          { witness: POLICY.witnesses[2], timestamp: NOW },
        ],
      });
      expect(verifyCheckpoint(POLICY, Buffer.from(note), ORIGIN)).toEqual(verified);
    });

    it('takes any key of the log, as while it is changed', async () => {
      const note = await noteBy([NEXT, LOG], [W1, NOW], [W2, NOW]);
      expect(verifyCheckpoint(POLICY, note, ORIGIN).logKeys).toEqual([LOG.verifier, NEXT.verifier]);
      const next = await noteBy([NEXT], [W1, NOW], [W2, NOW]);
      expect(verifyCheckpoint(POLICY, next, ORIGIN).logKeys).toEqual([NEXT.verifier]);
    });
  });

  describe('when the policy asks for no cosignature', () => {
    const quorumless = { ...POLICY, quorum: 'none' };

    it('accepts the signature of the log alone', async () => {
      expect(verifyCheckpoint(quorumless, await noteBy([LOG]), ORIGIN).cosignatures).toEqual([]);
    });

    it('refuses to tell whether it is fresh', async () => {
      const note = await noteBy([LOG], [W1, NOW]);
      expect(codeOf(() => verifyCheckpoint(quorumless, note, ORIGIN, FRESHNESS))).toBe('bad_policy');
    });
  });

  describe('when the log did not sign', () => {
    it('refuses it, whoever else did', async () => {
      const cosigned = await noteBy([OTHER], [W1, NOW], [W2, NOW]);
      expect(codeOf(() => verifyCheckpoint(POLICY, cosigned, ORIGIN))).toBe('unsigned');
      const unknown = await noteBy([testKey(ORIGIN, 0x01, 'unknown')]);
      expect(codeOf(() => verifyCheckpoint(POLICY, unknown, ORIGIN))).toBe('unsigned');
      const note = await noteBy([LOG], [W1, NOW], [W2, NOW]);
      expect(codeOf(() => verifyCheckpoint({ ...POLICY, logs: [] }, note, ORIGIN))).toBe('unsigned');
    });
  });

  describe('when it is of another log', () => {
    it('refuses it', async () => {
      const note = await noteBy([LOG, OTHER], [W1, NOW], [W2, NOW]);
      expect(codeOf(() => verifyCheckpoint(POLICY, note, OTHER.name))).toBe('wrong_origin');
    });
  });

  describe('when the quorum did not cosign', () => {
    it('refuses it', async () => {
      const one = await noteBy([LOG], [W1, NOW]);
      expect(codeOf(() => verifyCheckpoint(POLICY, one, ORIGIN))).toBe('quorum_not_met');
    });

    it('counts a witness once, however often it cosigned', async () => {
      const thrice = await noteBy([LOG], [W1, NOW], [W1, NOW], [W1, NOW - 9]);
      expect(codeOf(() => verifyCheckpoint(POLICY, thrice, ORIGIN))).toBe('quorum_not_met');
      const enough = await noteBy([LOG], [W1, NOW - 9], [W1, NOW], [W2, NOW], [W1, NOW - 5]);
      const [first] = verifyCheckpoint(POLICY, enough, ORIGIN).cosignatures;
      expect(first!.timestamp).toBe(NOW);
    });

    it('does not count a note signature with the key of a witness', async () => {
      const plain = testKey(W2.name, 0x01);
      const note = await noteBy([LOG, plain], [W1, NOW]);
      expect(codeOf(() => verifyCheckpoint(POLICY, note, ORIGIN))).toBe('quorum_not_met');
    });
  });

  describe('when a signature by any key of the policy is bad', () => {
    it('refuses the whole note', async () => {
      const good = parseNote(await noteBy([LOG], [W1, NOW], [W2, NOW]));
      const foreign = await cosign(formatCheckpoint({ origin: ORIGIN, size: 6, root: emptyRoot() }), W3, NOW);
      const note = formatNote(withSignatures(good, [foreign]));
      expect(codeOf(() => verifyCheckpoint(POLICY, note, ORIGIN))).toBe('bad_signature');
    });
  });

  describe('when the quorum cosigned, but not lately', () => {
    it.each([
      ['exactly as old as allowed', NOW - 600, undefined],
      ['a second older', NOW - 601, 'stale'],
      ['exactly as far ahead as allowed', NOW + 30, undefined],
      ['a second further ahead', NOW + 31, 'stale'],
    ])('judges a cosignature %s', async (_, time, code) => {
      const note = await noteBy([LOG], [W1, NOW], [W2, time], [W3, NOW - 9_999]);
      expect(codeOf(() => verifyCheckpoint(POLICY, note, ORIGIN, FRESHNESS))).toBe(code);
      expect(codeOf(() => verifyCheckpoint(POLICY, note, ORIGIN))).toBeUndefined();
    });

    it('refuses limits that are no integers', async () => {
      const note = await noteBy([LOG], [W1, NOW], [W2, NOW]);
      for (const wrong of [{ now: NaN }, { maxAge: Infinity }, { maxSkew: -1 }]) {
        const freshness = { ...FRESHNESS, ...wrong };
        expect(codeOf(() => verifyCheckpoint(POLICY, note, ORIGIN, freshness))).toBe('out_of_range');
      }
    });
  });

  describe('when the policy was never checked', () => {
    it('checks it', async () => {
      const open = { ...POLICY, groups: [{ name: 'two', threshold: 0, members: ['w1'] }] };
      const note = await noteBy([LOG]);
      expect(codeOf(() => verifyCheckpoint(open, note, ORIGIN))).toBe('bad_policy');
    });
  });

  describe('when the note holds no checkpoint', () => {
    it('refuses it', async () => {
      const note = await signNote('hello\n', [LOG]);
      expect(codeOf(() => verifyCheckpoint(POLICY, note, ORIGIN))).toBe('malformed');
    });
  });
});
