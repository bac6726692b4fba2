import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf } from './keys.arbitrary.js';
import { bundlePath, parseTilePath, tilePath } from './tile-path.js';

const index = fc.oneof(fc.integer({ min: 0, max: 2_000_000 }), fc.maxSafeNat());
const width = fc.integer({ min: 1, max: 256 });

describe('tilePath and bundlePath', () => {
  // C2SP tlog-tiles.md, and Tessera api/layout/paths_test.go.
  describe('when given known tiles', () => {
    it.each([
      [0, 1_234_067, 256, 'tile/0/x001/x234/067'],
      [0, 0, 256, 'tile/0/000'],
      [0, 0, 255, 'tile/0/000.p/255'],
      [15, 455_667, 256, 'tile/15/x455/667'],
      [15, 123_456_789, 41, 'tile/15/x123/x456/789.p/41'],
      [63, 999_999_999_999_999, 255, 'tile/63/x999/x999/x999/x999/999.p/255'],
    ])('names tile %d/%d of width %d %s', (level, n, w, path) => {
      expect(tilePath({ level, index: n, width: w })).toBe(path);
    });

    it.each([
      [0, 8, 'tile/entries/000.p/8'],
      [1, 1, 'tile/entries/001.p/1'],
      [123_456_789, 256, 'tile/entries/x123/x456/789'],
      [1000, 256, 'tile/entries/x001/000'],
    ])('names bundle %d of width %d %s', (n, w, path) => {
      expect(bundlePath({ index: n, width: w })).toBe(path);
    });
  });

  describe('when parsed again', () => {
    it('gives the same tile or bundle', () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 63 }), index, width, (level, n, w) => {
          const tile = { level, index: n, width: w };
          expect(parseTilePath(tilePath(tile))).toEqual({ kind: 'tile', ...tile });
          expect(parseTilePath(bundlePath(tile))).toEqual({ kind: 'entries', index: n, width: w });
        }),
      );
    });
  });

  describe('when given what no path can name', () => {
    it.each([
      [-1, 0, 1],
      [64, 0, 1],
      [0, -1, 1],
      [0, 2 ** 53, 1],
      [0, 0, 0],
      [0, 0, 257],
      [0, 0.5, 1],
    ])('refuses tile %d/%d of width %d', (level, n, w) => {
      expect(codeOf(() => tilePath({ level, index: n, width: w }))).toBe('out_of_range');
    });
  });
});

describe('parseTilePath', () => {
  describe('when given another spelling of a path, or none', () => {
    it.each([
      '',
      '/tile/0/000',
      'tile/0/000/',
      'tile/0/0',
      'tile/0/0000',
      'tile/0/x000/067',
      'tile/0/x000',
      'tile/0/x001',
      'tile/0/x001/',
      'tile/0/001/002',
      'tile/0/x001/0002',
      'tile/0/x001/-02',
      'tile/0/x001/x234/067.p/',
      'tile/0/x001/x234/067.p',
      'tile/0/x1/067',
      'tile/0/X001/067',
      'tile/00/000',
      'tile/-1/000',
      'tile/abc/000',
      'tile/100/000',
      'tile/data/000',
      'tile/0/000.p/0',
      'tile/0/000.p/01',
      'tile/0/000.p/1000',
      'tile/0/000\n',
      'tile/0/٠٠٠',
    ])('refuses %j', (path) => {
      expect(codeOf(() => parseTilePath(path))).toBe('malformed');
    });
  });

  describe('when a number in it is out of range', () => {
    it.each([
      'tile/64/000',
      'tile/99/000',
      'tile/0/000.p/256',
      'tile/0/000.p/999',
      'tile/0/x009/x007/x199/x254/x740/992',
      'tile/63/x999/x999/x999/x999/x999/x999/999.p/255',
    ])('refuses %s', (path) => {
      expect(codeOf(() => parseTilePath(path))).toBe('out_of_range');
    });
  });

  describe('when given any text that looks like a path', () => {
    it('accepts only what formats back to it', () => {
      const piece = fc.constantFrom(
        'tile',
        'entries',
        '0',
        '63',
        'x000',
        'x001',
        '000',
        '012',
        '000.p',
        '9',
        '255',
      );
      fc.assert(
        fc.property(fc.array(piece, { minLength: 2, maxLength: 5 }), (pieces) => {
          const path = ['tile', ...pieces].join('/');
          if (codeOf(() => parseTilePath(path)) !== undefined) return;
          const parsed = parseTilePath(path);
          expect(parsed.kind === 'tile' ? tilePath(parsed) : bundlePath(parsed)).toBe(path);
        }),
        { numRuns: 2000 },
      );
    });
  });
});
