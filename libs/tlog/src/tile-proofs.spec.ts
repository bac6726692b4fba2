import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asyncCodeOf } from './keys.arbitrary.js';
import { MerkleTree } from './merkle-tree.js';
import { growingSizes, numberedLeaves } from './rfc9162.arbitrary.js';
import { appendToTiles } from './tile-builder.js';
import { tileWidth } from './tile-coordinates.js';
import { tilePath } from './tile-path.js';
import {
  readCompactRange,
  readConsistencyProof,
  readInclusionProof,
  type TileReader,
} from './tile-proofs.js';
import { leafHash } from './tree-hash.js';

const MOST = 70_000;
const hashes = numberedLeaves(MOST).map(leafHash);
const tree = MerkleTree.ofLeafHashes(hashes);
const tiles = new Map(
  appendToTiles({ size: 0, edge: [] }, hashes).tiles.map((tile) => [
    `${tile.level}/${tile.index}`,
    tile.hashes,
  ]),
);

/** A reader with exactly the tiles that a log of `size` leaves serves, and the paths it was asked for. */
const readerOf = (size: number): TileReader & { asked: string[] } => {
  const asked: string[] = [];
  return {
    asked,
    readTile(tile) {
      asked.push(tilePath(tile));
      if (tile.width !== tileWidth(tile.level, tile.index, size)) return Promise.resolve(undefined);
      return Promise.resolve(tiles.get(`${tile.level}/${tile.index}`)?.subarray(0, 32 * tile.width));
    },
  };
};

describe('readInclusionProof', () => {
  describe('when given the tiles of a log of that size', () => {
    it('makes the proof that is made in memory, asking once for each tile and for two of a level at most', async () => {
      await fc.assert(
        fc.asyncProperty(growingSizes(MOST, 1), async ([index, size]) => {
          const reader = readerOf(size);
          expect(await readInclusionProof(reader, index - 1, size)).toEqual(
            tree.inclusionProof(index - 1, size),
          );
          expect(new Set(reader.asked).size).toBe(reader.asked.length);
          for (const level of [0, 1, 2]) {
            const ofLevel = reader.asked.filter((path) => path.startsWith(`tile/${level}/`));
            expect(ofLevel.length).toBeLessThanOrEqual(2);
          }
        }),
      );
    });

    it('asks for the tiles on the way and at the right edge, and no others', async () => {
      const reader = readerOf(70_000);
      await readInclusionProof(reader, 1_000, 70_000);
      expect(reader.asked.toSorted()).toEqual([
        'tile/0/003',
        'tile/0/273.p/112',
        'tile/1/000',
        'tile/1/001.p/17',
      ]);
    });

    it('asks for nothing when the leaf is the root', async () => {
      const reader = readerOf(1);
      expect(await readInclusionProof(reader, 0, 1)).toEqual([]);
      expect(reader.asked).toEqual([]);
    });
  });

  describe('when the reader has wider tiles than asked for', () => {
    it('uses their first hashes', async () => {
      const reader: TileReader = {
        readTile: ({ level, index }) => Promise.resolve(tiles.get(`${level}/${index}`)),
      };
      expect(await readInclusionProof(reader, 5, 300)).toEqual(tree.inclusionProof(5, 300));
    });
  });

  describe('when the index is not in the tree', () => {
    it('refuses it', async () => {
      expect(await asyncCodeOf(() => readInclusionProof(readerOf(5), 5, 5))).toBe('out_of_range');
      expect(await asyncCodeOf(() => readInclusionProof(readerOf(5), 0, 0))).toBe('out_of_range');
    });
  });

  describe('when a tile is missing or has a wrong length', () => {
    const answering = (answer: Uint8Array | undefined): TileReader => ({
      readTile: () => Promise.resolve(answer),
    });

    it('refuses it', async () => {
      expect(await asyncCodeOf(() => readInclusionProof(answering(undefined), 0, 5))).toBe('missing_tile');
      for (const length of [0, 4 * 32, 5 * 32 + 1, 257 * 32]) {
        const reader = answering(new Uint8Array(length));
        expect(await asyncCodeOf(() => readInclusionProof(reader, 0, 5))).toBe('malformed');
      }
    });
  });
});

describe('readConsistencyProof', () => {
  describe('when given the tiles of a log of the second size', () => {
    it('makes the proof that is made in memory', async () => {
      await fc.assert(
        fc.asyncProperty(growingSizes(MOST, 1), async ([first, second]) => {
          const made = await readConsistencyProof(readerOf(second), first, second);
          expect(made).toEqual(tree.consistencyProof(first, second));
        }),
      );
    });
  });

  describe('when the sizes are 0 or in the wrong order', () => {
    it('refuses them', async () => {
      expect(await asyncCodeOf(() => readConsistencyProof(readerOf(5), 0, 5))).toBe('out_of_range');
      expect(await asyncCodeOf(() => readConsistencyProof(readerOf(5), 6, 5))).toBe('out_of_range');
    });
  });
});

describe('readCompactRange', () => {
  describe('when given the tiles of a log of that size', () => {
    it('has its root, also when it has no leaves', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: MOST }), async (size) => {
          const range = await readCompactRange(readerOf(size), size);
          expect(range.head()).toEqual({ size, root: tree.root(size) });
        }),
      );
    });
  });

  describe('when the size is none', () => {
    it('refuses it before it asks for a tile', async () => {
      const reader = readerOf(5);
      expect(await asyncCodeOf(() => readCompactRange(reader, 1.5))).toBe('out_of_range');
      expect(reader.asked).toEqual([]);
    });
  });
});
