import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CompactRange, rootOfLeafHashes } from './compact-range.js';
import { codeOf } from './keys.arbitrary.js';
import { growingSizes, hex, mth, numberedLeaves } from './rfc9162.arbitrary.js';
import { appendToTiles, compactRangeOf, edgeOf, type TiledTree } from './tile-builder.js';
import { tilesBetween, tilesOf } from './tile-coordinates.js';
import { tilePath } from './tile-path.js';
import { encodeTile, type Tile } from './tile.js';
import { emptyRoot, leafHash } from './tree-hash.js';
import { sha256 } from '#sha256';

const EMPTY: TiledTree = { size: 0, edge: [] };
const MOST = 70_000;
const hashes = numberedLeaves(MOST).map(leafHash);

/** What a database of tiles would hold: a digest of the widest tile of each level and index. */
const store = (files: Map<string, string>, tiles: readonly Tile[]): Map<string, string> => {
  for (const tile of tiles) files.set(tilePath({ ...tile, width: 256 }), hex(sha256(tile.hashes)));
  return files;
};

describe('appendToTiles', () => {
  describe('when a tree is built at once', () => {
    it('holds in each tile what c2sp.org/tlog-tiles says', () => {
      const data = numberedLeaves(600);
      const { tiles, root } = appendToTiles(EMPTY, hashes.slice(0, 600));
      expect(root).toEqual(mth(data));
      expect(tiles.map(({ level, index, width }) => ({ level, index, width }))).toEqual([...tilesOf(600)]);
      for (const { level, index, width, hashes: content } of tiles) {
        const roots = Array.from({ length: width }, (_, i) => {
          const start = (index * 256 + i) * 256 ** level;
          return mth(data.slice(start, start + 256 ** level));
        });
        expect(content).toEqual(encodeTile(roots));
      }
    });
  });

  describe('when a tree is built in steps', () => {
    it('writes the tiles that changed and ends with those built at once', () => {
      const steps = fc.array(
        fc.oneof(fc.integer({ min: 0, max: 600 }), fc.constantFrom(0, 1, 255, 256, 257)),
        {
          maxLength: 6,
        },
      );
      fc.assert(
        fc.property(steps, (counts) => {
          const files = new Map<string, string>();
          let tree = EMPTY;
          for (const count of counts) {
            const grown = appendToTiles(tree, hashes.slice(tree.size, tree.size + count));
            const coordinates = grown.tiles.map(({ level, index, width }) => ({ level, index, width }));
            expect(coordinates).toEqual([...tilesBetween(tree.size, grown.size)]);
            expect(grown.root).toEqual(rootOfLeafHashes(hashes.slice(0, grown.size)));
            store(files, grown.tiles);
            tree = grown;
          }
          expect(files).toEqual(store(new Map(), appendToTiles(EMPTY, hashes.slice(0, tree.size)).tiles));
        }),
        { numRuns: 25 },
      );
    });

    it('needs only the edge as a database returns it', () => {
      const before = appendToTiles(EMPTY, hashes.slice(0, 65_900));
      const edge = before.edge.map((tile) => ({ ...tile, hashes: Buffer.from(tile.hashes) })).toReversed();
      const after = appendToTiles({ size: 65_900, edge }, hashes.slice(65_900));
      const atOnce = appendToTiles(EMPTY, hashes);
      expect(after.root).toEqual(atOnce.root);
      expect(after.edge).toEqual(atOnce.edge);
      expect(after.tiles.map(({ level }) => level).at(-1)).toBe(1);
    });

    it('does not change the tree it was given', () => {
      const before = appendToTiles(EMPTY, hashes.slice(0, 300));
      const copy = structuredClone(before);
      appendToTiles(before, hashes.slice(300, 900));
      expect(before).toEqual(copy);
    });
  });

  describe('when there is nothing to append', () => {
    it('writes no tile and gives the root', () => {
      const tree = appendToTiles(EMPTY, hashes.slice(0, 257));
      expect(appendToTiles(tree, [])).toEqual({ size: 257, edge: tree.edge, root: tree.root, tiles: [] });
      expect(appendToTiles(EMPTY, []).root).toEqual(emptyRoot());
    });
  });

  describe('when what it is given does not fit together', () => {
    const { size, edge } = appendToTiles(EMPTY, hashes.slice(0, 300));
    const [level0, level1] = edge as [Tile, Tile];

    it.each<[string, TiledTree]>([
      ['an edge of another size', { size: size + 1, edge }],
      ['a tile missing', { size, edge: [level0] }],
      ['a tile too many', { size, edge: [...edge, { ...level0, level: 2 }] }],
      ['a tile twice', { size, edge: [level0, level0] }],
      ['a tile twice and the others', { size, edge: [level0, level0, level1] }],
      ['another index', { size, edge: [{ ...level0, index: 0 }, level1] }],
      ['another width', { size, edge: [{ ...level0, width: 43 }, level1] }],
      [
        'other bytes than its width says',
        { size, edge: [{ ...level0, hashes: new Uint8Array(32) }, level1] },
      ],
      ['an edge where there is none', { size: 0, edge }],
    ])('refuses %s', (_, tree) => {
      expect(codeOf(() => appendToTiles(tree, []))).toBe('malformed');
      expect(codeOf(() => compactRangeOf(tree))).toBe('malformed');
    });

    it('refuses leaf hashes that are not 32 bytes', () => {
      expect(codeOf(() => appendToTiles(EMPTY, [new Uint8Array(31)]))).toBe('malformed');
      expect(codeOf(() => appendToTiles(EMPTY, [new Uint8Array(31), new Uint8Array(33)]))).toBe('malformed');
    });

    it('refuses a tree over 2^53 - 1 leaves', () => {
      const full = Number.MAX_SAFE_INTEGER;
      const wide = edgeOf(full).map((tile) => ({ ...tile, hashes: new Uint8Array(32 * tile.width) }));
      expect(compactRangeOf({ size: full, edge: wide }).size).toBe(full);
      expect(codeOf(() => appendToTiles({ size: full, edge: wide }, [new Uint8Array(32)]))).toBe(
        'out_of_range',
      );
      expect(codeOf(() => appendToTiles({ size: -1, edge: [] }, []))).toBe('out_of_range');
    });
  });
});

describe('edgeOf', () => {
  describe('when the size is none', () => {
    it.each([-1, 1.5, NaN, 2 ** 53])('refuses %d', (size) => {
      expect(codeOf(() => edgeOf(size))).toBe('out_of_range');
    });
  });
});

describe('compactRangeOf', () => {
  describe('when given the edge of a tree', () => {
    it('is the compact range of its leaves', () => {
      fc.assert(
        fc.property(growingSizes(2_000), ([size]) => {
          const range = CompactRange.empty();
          range.appendAll(hashes.slice(0, size));
          const tree = appendToTiles(EMPTY, hashes.slice(0, size));
          expect(compactRangeOf(tree).frontier()).toEqual(range.frontier());
        }),
        { numRuns: 30 },
      );
    });
  });
});
