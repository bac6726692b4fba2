import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf } from './keys.arbitrary.js';
import { growingSizes } from './rfc9162.arbitrary.js';
import {
  bundlesBetween,
  bundlesOf,
  tilesBetween,
  tilesOf,
  tileWidth,
  type TileCoordinates,
} from './tile-coordinates.js';

const key = ({ level, index }: TileCoordinates): string => `${level}/${index}`;

describe('tilesOf', () => {
  describe('when the tree has 70,000 leaves, the example of c2sp.org/tlog-tiles', () => {
    it('has 273 full tiles and one of 112 at level 0, one full and one of 17 at level 1, one of 1 at level 2', () => {
      const tiles = [...tilesOf(70_000)];
      const widths = (level: number): number[] => tiles.filter((t) => t.level === level).map((t) => t.width);
      expect(widths(0)).toEqual([...Array.from({ length: 273 }, () => 256), 112]);
      expect(widths(1)).toEqual([256, 17]);
      expect(widths(2)).toEqual([1]);
      expect(tiles).toHaveLength(277);
    });
  });

  describe('when the tree is small', () => {
    it('has none for 0 leaves, and a tile above for 256', () => {
      expect([...tilesOf(0)]).toEqual([]);
      expect([...tilesOf(255)]).toEqual([{ level: 0, index: 0, width: 255 }]);
      expect([...tilesOf(256)]).toEqual([
        { level: 0, index: 0, width: 256 },
        { level: 1, index: 0, width: 1 },
      ]);
    });
  });

  describe('when asked for any size', () => {
    it('names each tile once, with the width of tileWidth, and no tile next to it exists', () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 200_000 }), (size) => {
          const tiles = [...tilesOf(size)];
          expect(new Set(tiles.map(key)).size).toBe(tiles.length);
          for (const tile of tiles) expect(tileWidth(tile.level, tile.index, size)).toBe(tile.width);
          for (let level = 0; level < 5; level++) {
            const count = tiles.filter((tile) => tile.level === level).length;
            expect(tileWidth(level, count, size)).toBe(0);
          }
        }),
        { numRuns: 20 },
      );
    });
  });
});

describe('tileWidth', () => {
  describe('when the size is none', () => {
    it.each([-1, 1.5, NaN, 2 ** 53])('refuses %d', (size) => {
      expect(codeOf(() => tileWidth(0, 0, size))).toBe('out_of_range');
    });
  });

  describe('when the tree is as large as sizes go', () => {
    it('stays exact', () => {
      const size = Number.MAX_SAFE_INTEGER;
      expect(tileWidth(0, (size - 255) / 256, size)).toBe(255);
      expect(tileWidth(6, 0, size)).toBe(31);
      expect(tileWidth(7, 0, size)).toBe(0);
      expect(tileWidth(63, 0, size)).toBe(0);
    });
  });
});

describe('tilesBetween', () => {
  describe('when a tree grows', () => {
    it('names exactly the tiles that are new or wider', () => {
      fc.assert(
        fc.property(growingSizes(140_000), ([oldSize, newSize]) => {
          const expected = [...tilesOf(newSize)].filter(
            (t) => t.width !== tileWidth(t.level, t.index, oldSize),
          );
          expect([...tilesBetween(oldSize, newSize)]).toEqual(expected);
        }),
        { numRuns: 20 },
      );
    });
  });

  describe('when the sizes are in the wrong order or no sizes', () => {
    it('refuses them', () => {
      expect(codeOf(() => [...tilesBetween(2, 1)])).toBe('out_of_range');
      expect(codeOf(() => [...tilesBetween(-1, 1)])).toBe('out_of_range');
      expect(codeOf(() => [...bundlesBetween(0, 2 ** 53)])).toBe('out_of_range');
    });
  });
});

describe('bundlesBetween', () => {
  describe('when a log grows', () => {
    it('names the bundles that go with the changed tiles of level 0', () => {
      fc.assert(
        fc.property(growingSizes(3_000), ([oldSize, newSize]) => {
          const tiles = [...tilesBetween(oldSize, newSize)].filter(({ level }) => level === 0);
          expect([...bundlesBetween(oldSize, newSize)]).toEqual(
            tiles.map(({ index, width }) => ({ index, width })),
          );
        }),
      );
      expect([...bundlesOf(257)]).toEqual([
        { index: 0, width: 256 },
        { index: 1, width: 1 },
      ]);
    });
  });
});
