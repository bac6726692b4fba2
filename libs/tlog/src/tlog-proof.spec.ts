import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeBase64 } from './base64.js';
import { formatCheckpoint } from './checkpoint.js';
import { codeOf, testKey } from './keys.arbitrary.js';
import { MerkleTree } from './merkle-tree.js';
import { signNote } from './note-signer.js';
import type { TlogPolicy } from './policy.js';
import { numberedLeaves } from './rfc9162.arbitrary.js';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from './tlog-proof.js';
import { emptyRoot, leafHash } from './tree-hash.js';

const ORIGIN = 'hub.example.org/log';
const LOG = testKey(ORIGIN, 0x01);
const POLICY: TlogPolicy = { logs: [{ key: LOG.verifier }], witnesses: [], groups: [], quorum: 'none' };
const LEAVES = numberedLeaves(11);
const TREE = MerkleTree.ofLeaves(LEAVES);
const HASH = encodeBase64(emptyRoot());

let checkpoint: string;
beforeAll(async () => {
  checkpoint = await signNote(formatCheckpoint({ origin: ORIGIN, ...TREE, size: 11, root: TREE.root() }), [
    LOG,
  ]);
});

describe('formatTlogProof', () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

  describe('when parsed, from text or bytes', () => {
    it('gives the same proof', () => {
      const given = fc.record(
        {
          index: fc.maxSafeNat(),
          proof: fc.array(hash, { maxLength: 63 }),
          checkpoint: fc.constant(null).map(() => checkpoint),
          extra: fc.uint8Array({ minLength: 1, maxLength: 40 }),
        },
        { requiredKeys: ['index', 'proof', 'checkpoint'] },
      );
      fc.assert(
        fc.property(given, (proof) => {
          const text = formatTlogProof(proof);
          expect(parseTlogProof(text)).toEqual(proof);
          expect(parseTlogProof(Buffer.from(text))).toEqual(proof);
        }),
      );
    });

    it('writes the lines of c2sp.org/tlog-proof', () => {
      const proof = [leafHash(LEAVES[0]!), leafHash(LEAVES[1]!)];
      expect(formatTlogProof({ index: 3, proof, checkpoint, extra: Uint8Array.of(1) })).toBe(
        'c2sp.org/tlog-proof@v1\nextra AQ==\nindex 3\n' +
          `${encodeBase64(proof[0]!)}\n${encodeBase64(proof[1]!)}\n\n${checkpoint}`,
      );
      expect(formatTlogProof({ index: 0, proof: [], checkpoint })).toBe(
        `c2sp.org/tlog-proof@v1\nindex 0\n\n${checkpoint}`,
      );
    });
  });

  describe('when the fields make no proof', () => {
    it('refuses them', () => {
      const good = { index: 0, proof: [], checkpoint };
      expect(codeOf(() => formatTlogProof({ ...good, index: -1 }))).toBe('out_of_range');
      expect(codeOf(() => formatTlogProof({ ...good, proof: [new Uint8Array(31)] }))).toBe('malformed');
      expect(codeOf(() => formatTlogProof({ ...good, checkpoint: 'a\n' }))).toBe('malformed');
      expect(codeOf(() => formatTlogProof({ ...good, extra: new Uint8Array() }))).toBe('malformed');
      const hashes = Array.from({ length: 64 }, () => emptyRoot());
      expect(parseTlogProof(formatTlogProof({ ...good, proof: hashes.slice(1) })).proof).toHaveLength(63);
      expect(codeOf(() => formatTlogProof({ ...good, proof: hashes }))).toBe('too_large');
      expect(formatTlogProof({ ...good, extra: new Uint8Array(65_536) }).length).toBeLessThan(163_840);
      expect(codeOf(() => formatTlogProof({ ...good, extra: new Uint8Array(65_537) }))).toBe('too_large');
    });
  });
});

describe('parseTlogProof', () => {
  describe('when given another spelling, or none', () => {
    const heads = [
      '',
      'c2sp.org/tlog-proof@v1\n',
      'c2sp.org/tlog-proof@v2\nindex 0\n',
      'index 0\n',
      'c2sp.org/tlog-proof@v1\nextra\nindex 0\n',
      'c2sp.org/tlog-proof@v1\nextra \nindex 0\n',
      'c2sp.org/tlog-proof@v1\nextra AQ\nindex 0\n',
      'c2sp.org/tlog-proof@v1\nextra AQ==\n',
      'c2sp.org/tlog-proof@v1\nextra AQ==\nextra AQ==\nindex 0\n',
      'c2sp.org/tlog-proof@v1\nindex 0\nextra AQ==\n',
      'c2sp.org/tlog-proof@v1\nindex 00\n',
      'c2sp.org/tlog-proof@v1\nindex  0\n',
      'c2sp.org/tlog-proof@v1\nindex\n',
      'c2sp.org/tlog-proof@v1\nIndex 0\n',
      'c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n',
      `c2sp.org/tlog-proof@v1\nindex 0\n${HASH.slice(0, -1)}\n`,
      `c2sp.org/tlog-proof@v1\nindex 0\n ${HASH}\n`,
      `c2sp.org/tlog-proof@v1\n${HASH}\nindex 0\n`,
      'c2sp.org/tlog-proof@v1\r\nindex 0\n',
      '\nc2sp.org/tlog-proof@v1\nindex 0\n',
    ];

    it.each(heads)('refuses the head %j', (head) => {
      expect(codeOf(() => parseTlogProof(`${head}\n${checkpoint}`))).toBe('malformed');
    });

    it('refuses a proof without checkpoint, or with something that is none', () => {
      const head = 'c2sp.org/tlog-proof@v1\nindex 0\n';
      expect(codeOf(() => parseTlogProof(head))).toBe('malformed');
      expect(codeOf(() => parseTlogProof(`${head}\n`))).toBe('malformed');
      expect(codeOf(() => parseTlogProof(`${head}${checkpoint}`))).toBe('malformed');
      expect(codeOf(() => parseTlogProof(`${head}\n\n${checkpoint}`))).toBe('malformed');
      expect(codeOf(() => parseTlogProof(`${head}\n${checkpoint}\n`))).toBe('malformed');
    });
  });

  describe('when a number or a length is out of range', () => {
    it('refuses it', () => {
      const head = 'c2sp.org/tlog-proof@v1\nindex ';
      expect(codeOf(() => parseTlogProof(`${head}9007199254740993\n\n${checkpoint}`))).toBe('out_of_range');
      const lines = `${HASH}\n`.repeat(64);
      expect(codeOf(() => parseTlogProof(`${head}0\n${lines}\n${checkpoint}`))).toBe('too_large');
      expect(codeOf(() => parseTlogProof('x'.repeat(163_841)))).toBe('too_large');
    });
  });
});

describe('verifyTlogProof', () => {
  const textOf = (index: number): string =>
    formatTlogProof({ index, proof: TREE.inclusionProof(index), checkpoint, extra: Uint8Array.of(9) });

  describe('when the leaf is in the log', () => {
    it('accepts it and tells where', () => {
      LEAVES.forEach((leaf, index) => {
        const verified = verifyTlogProof(POLICY, textOf(index), leafHash(leaf), ORIGIN);
        expect([verified.index, verified.checkpoint.size]).toEqual([index, 11]);
      });
    });
  });

  describe('when something does not fit', () => {
    it('refuses another leaf, another log, another key and a checkpoint without quorum', () => {
      const leaf = leafHash(LEAVES[4]!);
      const witness = { name: 'w', key: testKey('w', 0x04).verifier };
      const stranger = { ...POLICY, logs: [{ key: testKey(ORIGIN, 0x01, 'stranger').verifier }] };
      const witnessed = { ...POLICY, witnesses: [witness], quorum: 'w' };
      const freshness = { now: 1, maxAge: 1, maxSkew: 1 };
      expect(codeOf(() => verifyTlogProof(POLICY, textOf(5), leaf, ORIGIN))).toBe('proof_rejected');
      expect(codeOf(() => verifyTlogProof(POLICY, textOf(4), leaf, 'other'))).toBe('wrong_origin');
      expect(codeOf(() => verifyTlogProof(stranger, textOf(4), leaf, ORIGIN))).toBe('unsigned');
      expect(codeOf(() => verifyTlogProof(witnessed, textOf(4), leaf, ORIGIN))).toBe('quorum_not_met');
      expect(codeOf(() => verifyTlogProof(POLICY, textOf(4), leaf, ORIGIN, freshness))).toBe('bad_policy');
      expect(codeOf(() => verifyTlogProof(POLICY, textOf(4), leaf, ORIGIN))).toBeUndefined();
    });

    it('refuses an index beyond the checkpoint', () => {
      const text = formatTlogProof({ index: 11, proof: TREE.inclusionProof(10), checkpoint });
      expect(codeOf(() => verifyTlogProof(POLICY, text, leafHash(LEAVES[10]!), ORIGIN))).toBe('out_of_range');
    });
  });
});
