import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sha256 } from '#libs/tlog';
import { emptySubtreeHash } from './empty-subtree.js';
import { refusal } from './feed.arbitrary.js';
import { computeSetRoot } from './set-root.js';
import { SetTree, type SetTile, type SetTileChange } from './set-tree.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const node = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256(Buffer.concat([Buffer.of(1), left, right]));
const emptyLeaf = sha256(Buffer.of(0));
const leafOf = (n: number): Uint8Array => (n === 0 ? emptyLeaf : sha256(Buffer.from([n])));

/** MTH of RFC 9162 §2.1.1 for a perfect tree, without any shortcut. */
function mth(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]!;
  return node(mth(leaves.slice(0, leaves.length / 2)), mth(leaves.slice(leaves.length / 2)));
}

/** The verifier's side of RFC 9162 §2.1.3.2, for a tree of 65,536. */
function rootFromProof(index: number, leaf: Uint8Array, proof: readonly Uint8Array[]): Uint8Array {
  return proof.reduce(
    (hash, sibling, level) => ((index >> level) & 1 ? node(sibling, hash) : node(hash, sibling)),
    leaf,
  );
}

/** What a store of tiles holds after changes. */
function stored(before: readonly SetTile[], changes: readonly SetTileChange[]): SetTile[] {
  const kept = before.filter(
    (tile) => !changes.some(({ level, index }) => level === tile.level && index === tile.index),
  );
  return [
    ...kept,
    ...changes.flatMap(({ level, index, hashes }) => (hashes === null ? [] : [{ level, index, hashes }])),
  ];
}

const shown = (tiles: readonly SetTile[]): string[] =>
  tiles.map(({ level, index, hashes }) => `${level}/${index} ${hex(hashes)}`).sort();

// Few tiles and few buckets in each, so that changes meet; leaf 0 is the empty bucket.
const anyBucket = fc.oneof(
  fc.tuple(fc.nat(2), fc.nat(3)).map(([tile, at]) => tile * 256 + at),
  fc.nat(65_535),
);
const anyUpdate = fc
  .array(fc.tuple(anyBucket, fc.nat(3)), { maxLength: 8 })
  .map((rows) => new Map(rows.map(([bucket, n]) => [bucket, leafOf(n)])));

describe('empty subtrees', () => {
  it('hash as RFC 9162 says, at every level', () => {
    for (let level = 0; level <= 16; level++) {
      const leaves = new Array<Uint8Array>(2 ** level).fill(emptyLeaf);
      expect(hex(emptySubtreeHash(level))).toBe(hex(mth(leaves)));
    }
  });

  it('begin with the hash of an empty leaf', () => {
    expect(hex(emptySubtreeHash(0))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  });

  it('cannot be changed by who asks for them', () => {
    emptySubtreeHash(3).fill(0);
    expect(hex(emptySubtreeHash(3))).not.toMatch(/^00/);
  });

  it.each([-1, 17, 0.5])('refuse level %d', (level) => {
    expect(refusal(() => emptySubtreeHash(level))).toBe('bad-leaf');
  });
});

describe('set root', () => {
  describe('when computed from nothing', () => {
    it('is the empty subtree of 16 levels', () => {
      expect(computeSetRoot(new Map())).toEqual(emptySubtreeHash(16));
    });

    it('is the RFC 9162 root over all 65,536 leaves', () => {
      const leaves = Array.from({ length: 65_536 }, (_, i) =>
        i % 7 === 0 ? emptyLeaf : leafOf(1 + (i % 200)),
      );
      const filled = leaves.map((leaf, i): [number, Uint8Array] => [i, leaf]).filter(([i]) => i % 7 !== 0);
      expect(hex(computeSetRoot(new Map(filled)))).toBe(hex(mth(leaves)));
    });

    it('refuses a bucket that is none', () => {
      expect(refusal(() => computeSetRoot(new Map([[65_536, leafOf(1)]])))).toBe('bad-leaf');
    });
  });
});

describe('SetTree', () => {
  describe('when updated step by step', () => {
    it('has the root of a full rebuild, and its tiles restore to the same tree', () => {
      fc.assert(
        fc.property(fc.array(anyUpdate, { maxLength: 4 }), (updates) => {
          const all = new Map<number, Uint8Array>();
          let tree = SetTree.empty();
          let tiles: SetTile[] = [];
          for (const update of updates) {
            for (const [bucket, hash] of update) all.set(bucket, hash);
            const { tree: after, changed } = tree.update(update);
            tiles = stored(tiles, changed);
            expect(hex(after.root)).toBe(hex(computeSetRoot(all)));
            expect(hex(SetTree.restore(tiles).update(update).tree.root)).toBe(hex(after.root));
            tree = after;
          }
          expect(shown(tiles)).toEqual(shown(tree.tiles()));
          for (const [bucket, hash] of all) {
            expect(hex(tree.leaf(bucket))).toBe(hex(hash));
            expect(tree.hasLeaf(bucket, hash)).toBe(true);
            expect(tree.hasLeaf(bucket, hash.with(31, hash[31]! ^ 1))).toBe(false);
            expect(tree.hasLeaf(bucket, hash.subarray(1))).toBe(false);
          }
        }),
        { numRuns: 60 },
      );
    });

    it('leaves the tree before it as it was', () => {
      const before = SetTree.empty().update(new Map([[5, leafOf(1)]])).tree;
      const root = hex(before.root);
      before.update(new Map([[5, leafOf(2)]]));
      expect(hex(before.root)).toBe(root);
      expect(before.leaf(5)).toEqual(leafOf(1));
    });
  });

  describe('when nothing changes', () => {
    it('gives itself and no tiles', () => {
      const { tree } = SetTree.empty().update(new Map([[5, leafOf(1)]]));
      expect(tree.update(new Map([[5, leafOf(1)]]))).toEqual({ tree, changed: [] });
      expect(tree.update(new Map()).tree).toBe(tree);
    });
  });

  describe('when the last record goes', () => {
    it('is the empty tree again and drops its tiles', () => {
      const { tree } = SetTree.empty().update(new Map([[700, leafOf(1)]]));
      const { tree: after, changed } = tree.update(new Map([[700, emptyLeaf]]));
      expect(after.root).toEqual(emptySubtreeHash(16));
      expect(changed).toEqual([
        { level: 0, index: 2, hashes: null },
        { level: 1, index: 0, hashes: null },
      ]);
      expect(after.tiles()).toEqual([]);
    });
  });

  describe('when asked for a proof', () => {
    it('gives 16 hashes that lead from the leaf to the root', () => {
      fc.assert(
        fc.property(anyUpdate, anyBucket, (update, bucket) => {
          const { tree } = SetTree.empty().update(update);
          const proof = tree.proof(bucket);
          expect(proof).toHaveLength(16);
          expect(hex(rootFromProof(bucket, tree.leaf(bucket), proof))).toBe(hex(tree.root));
        }),
        { numRuns: 40 },
      );
    });
  });

  describe('when a stored tile is damaged', () => {
    const { tree } = SetTree.empty().update(
      new Map([
        [0, leafOf(1)],
        [256, leafOf(2)],
      ]),
    );
    const damaged = tree.tiles().map((tile) => {
      const hashes = tile.hashes.slice();
      if (tile.level === 0 && tile.index === 1) hashes[8191]! ^= 1;
      return { ...tile, hashes };
    });

    it('is refused when it is used, by index', () => {
      expect(() => SetTree.restore(damaged).leaf(300)).toThrow('tile 1 does not lead to the tile above');
      expect(refusal(() => SetTree.restore(damaged).update(new Map([[256, leafOf(3)]])))).toBe(
        'damaged-tile',
      );
      expect(refusal(() => SetTree.restore(damaged).proof(256))).toBe('damaged-tile');
      expect(refusal(() => SetTree.restore(damaged).tiles())).toBe('damaged-tile');
    });

    it('is listed, and others stay of use', () => {
      expect(SetTree.restore(damaged).damagedTiles()).toEqual([1]);
      expect(SetTree.restore(damaged).leaf(0)).toEqual(leafOf(1));
    });

    it('is listed when it is missing', () => {
      const rest = tree.tiles().filter(({ level, index }) => level === 1 || index === 0);
      expect(SetTree.restore(rest).damagedTiles()).toEqual([1]);
    });

    it('is none in a tree that is whole', () => {
      expect(SetTree.restore(tree.tiles()).damagedTiles()).toEqual([]);
    });
  });

  describe('when restored from what are no tiles', () => {
    const hashes = new Uint8Array(8192);
    it.each<[string, SetTile[]]>([
      ['a tile of another length', [{ level: 0, index: 0, hashes: new Uint8Array(8191) }]],
      ['a tile of level 2', [{ level: 2 as 1, index: 0, hashes }]],
      ['tile 256', [{ level: 0, index: 256, hashes }]],
      ['tile -1', [{ level: 0, index: -1, hashes }]],
      ['tile 0.5', [{ level: 0, index: 0.5, hashes }]],
      ['a second top', [{ level: 1, index: 1, hashes }]],
      [
        'a tile twice',
        [
          { level: 0, index: 9, hashes },
          { level: 0, index: 9, hashes },
        ],
      ],
      [
        'the top twice',
        [
          { level: 1, index: 0, hashes },
          { level: 1, index: 0, hashes },
        ],
      ],
    ])('refuses %s', (_, tiles) => {
      expect(refusal(() => SetTree.restore(tiles))).toBe('bad-tile');
    });
  });

  describe('when given what is no leaf', () => {
    it.each([-1, 65_536, 1.5, NaN])('refuses bucket %d', (bucket) => {
      const tree = SetTree.empty();
      expect(refusal(() => tree.update(new Map([[bucket, leafOf(1)]])))).toBe('bad-leaf');
      expect(refusal(() => tree.leaf(bucket))).toBe('bad-leaf');
      expect(refusal(() => tree.hasLeaf(bucket, tree.root))).toBe('bad-leaf');
      expect(refusal(() => tree.proof(bucket))).toBe('bad-leaf');
    });

    it('refuses a hash that is not 32 bytes long', () => {
      expect(refusal(() => SetTree.empty().update(new Map([[0, new Uint8Array(31)]])))).toBe('bad-leaf');
    });
  });
});
