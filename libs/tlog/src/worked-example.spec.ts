import { describe, expect, it } from '@jest/globals';
import { codeOf, seededKey } from './keys.arbitrary.js';
import { hex, unhex } from './rfc9162.arbitrary.js';
import {
  appendToTiles,
  bundlePath,
  compactRangeOf,
  cosign,
  decodeEntryBundle,
  encodeEntryBundle,
  formatCheckpoint,
  formatNote,
  formatPolicy,
  formatTlogProof,
  leafHash,
  MerkleTree,
  parseNote,
  parsePolicy,
  signNote,
  tilePath,
  verifyTlogProof,
  withSignatures,
} from './index.js';

// The example of docs/protocol.md, byte for byte: whoever changes one changes the other.
const ENTRIES = ['one', 'two', 'three'].map((entry) => new TextEncoder().encode(entry));
const LEAF_HASHES = [
  'd0d7360ab79f58ab1e1e3fe64ad77e2ea0bc07e36b5f46ed2223edd9298df9e9',
  'ab1ab7f07c7c8fe0eff4ba6faa53c7e4412e91a599153e8aa4e01beece5b7825',
  '671f146c5e471e8a1a83a3c214ce4ba907b8f3a5888d14cc8cd3ce75bb12ef94',
];
const ROOT_2 = '4f55f619d9215235778b2b9f17d6f4915b16171214d152381293669764de722e';
const ROOT_3 = '5aac771c899ac292e74bf1afe2e6e302f8b55883b2d1bf197b46a6bea6dabca9';
const BUNDLE = '00036f6e65000374776f00057468726565';
const POLICY =
  'log hub.example.org/log+6da980fa+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n' +
  'witness w1 witness.example.org+0ea12664+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X\n' +
  'quorum w1\n';
const PROOF =
  'c2sp.org/tlog-proof@v1\nindex 2\nT1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=\n\n' +
  'hub.example.org/log\n3\nWqx3HImawpLnS/Gv4ubjAvi1WIOy0b8Ze0amvqbavKk=\n\n' +
  '— hub.example.org/log bamA+nSz+P+6qDrOhBcqkg6FVDe7Le4GI1i30potYImu5s1b/+e7F+u/rn0HB3aMosWWSo5bDbpF71xs1LdLdxIT3gg=\n' +
  '— witness.example.org DqEmZAAAAABlU/EAg6IL+bXFRY8v1kpEKBQI+Vp9r9PfvJspD2jbdTld+N0BJmJzyMzITDNRBBMxUtaVehCGHNq9fA9GqwVzGiFmBQ==\n';

const LOG = seededKey(
  'hub.example.org/log',
  0x01,
  Uint8Array.from({ length: 32 }, (_, i) => i),
);
const WITNESS = seededKey(
  'witness.example.org',
  0x04,
  Uint8Array.from({ length: 32 }, (_, i) => 32 + i),
);

describe('the example of the protocol page', () => {
  const tree = MerkleTree.ofLeaves(ENTRIES);

  describe('when computed again', () => {
    it('gives the hashes, roots and proofs of the tree', () => {
      expect(ENTRIES.map((entry) => hex(leafHash(entry)))).toEqual(LEAF_HASHES);
      expect([tree.root(2), tree.root(3)].map(hex)).toEqual([ROOT_2, ROOT_3]);
      expect(tree.consistencyProof(2, 3).map(hex)).toEqual([LEAF_HASHES[2]]);
      expect(tree.inclusionProof(1).map(hex)).toEqual([LEAF_HASHES[0], LEAF_HASHES[2]]);
    });

    it('gives the frontier, the tile and the bundle', () => {
      const grown = appendToTiles({ size: 0, edge: [] }, ENTRIES.map(leafHash));
      expect(hex(compactRangeOf(grown).frontier())).toBe(ROOT_2 + LEAF_HASHES[2]);
      expect(grown.tiles.map((tile) => [tilePath(tile), hex(tile.hashes)])).toEqual([
        ['tile/0/000.p/3', LEAF_HASHES.join('')],
      ]);
      expect(bundlePath({ index: 0, width: 3 })).toBe('tile/entries/000.p/3');
      expect(hex(encodeEntryBundle(ENTRIES))).toBe(BUNDLE);
      expect(decodeEntryBundle(unhex(BUNDLE), 3)).toEqual(ENTRIES);
    });

    it('gives the policy file and the proof file', async () => {
      const witnesses = [{ name: 'w1', key: WITNESS.verifier }];
      const policy = { logs: [{ key: LOG.verifier }], witnesses, groups: [], quorum: 'w1' };
      expect(formatPolicy(policy)).toBe(POLICY);
      const text = formatCheckpoint({ origin: LOG.name, size: 3, root: tree.root() });
      const signed = parseNote(await signNote(text, [LOG]));
      const checkpoint = formatNote(withSignatures(signed, [await cosign(text, WITNESS, 1_700_000_000)]));
      expect(formatTlogProof({ index: 2, proof: tree.inclusionProof(2), checkpoint })).toBe(PROOF);
    });
  });

  describe('when a stranger verifies it', () => {
    it('holds for the third entry and for no other', () => {
      const verify = (leaf: string) => () =>
        verifyTlogProof(parsePolicy(POLICY), PROOF, unhex(leaf), 'hub.example.org/log');
      expect(verify(LEAF_HASHES[2]!)().checkpoint.cosignatures[0]!.timestamp).toBe(1_700_000_000);
      expect(codeOf(verify(LEAF_HASHES[1]!))).toBe('proof_rejected');
    });
  });
});
