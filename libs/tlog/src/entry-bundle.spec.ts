import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeEntryBundle, encodeEntryBundle } from './entry-bundle.js';
import { codeOf } from './keys.arbitrary.js';

const entries = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 });

describe('encodeEntryBundle', () => {
  describe('when given entries', () => {
    it('puts two length bytes, the higher first, before each', () => {
      const bundle = encodeEntryBundle([Uint8Array.of(7, 8), new Uint8Array(), new Uint8Array(258).fill(1)]);
      expect(bundle.subarray(0, 8)).toEqual(Uint8Array.of(0, 2, 7, 8, 0, 0, 1, 2));
      expect(bundle).toHaveLength(266);
    });

    it('gives what decodes to them, also from the middle of a Buffer', () => {
      fc.assert(
        fc.property(entries, (list) => {
          const bundle = encodeEntryBundle(list);
          expect(decodeEntryBundle(bundle, list.length)).toEqual(list);
          const inside = Buffer.concat([Buffer.from('ab'), bundle, Buffer.from('c')]).subarray(2, -1);
          expect(decodeEntryBundle(inside, list.length)).toEqual(list);
        }),
      );
    });

    it('takes an entry of 65,535 bytes', () => {
      const entry = new Uint8Array(65_535).fill(3);
      expect(decodeEntryBundle(encodeEntryBundle([entry]), 1)).toEqual([entry]);
    });
  });

  describe('when there are 256 entries', () => {
    it('takes them all', () => {
      const full = Array.from({ length: 256 }, (_, i) => Uint8Array.of(i));
      expect(decodeEntryBundle(encodeEntryBundle(full), 256)).toEqual(full);
    });
  });

  describe('when an entry is too long, or there are none or too many', () => {
    it('refuses them', () => {
      expect(codeOf(() => encodeEntryBundle([new Uint8Array(65_536)]))).toBe('too_large');
      expect(codeOf(() => encodeEntryBundle([]))).toBe('out_of_range');
      expect(codeOf(() => encodeEntryBundle(Array.from({ length: 257 }, () => new Uint8Array())))).toBe(
        'out_of_range',
      );
    });
  });
});

describe('decodeEntryBundle', () => {
  describe('when the bytes are not exactly a bundle of that width', () => {
    const bundle = encodeEntryBundle([Uint8Array.of(1), Uint8Array.of(2, 3)]);

    it.each<[string, Uint8Array, number]>([
      ['a smaller width', bundle, 1],
      ['a greater width', bundle, 3],
      ['the last byte missing', bundle.subarray(0, -1), 2],
      ['half a length', bundle.subarray(0, 4), 2],
      ['half a length of zero', Uint8Array.of(0), 1],
      ['a byte more', Uint8Array.of(...bundle, 0), 2],
      ['nothing', new Uint8Array(), 1],
    ])('refuses %s', (_, bytes, width) => {
      expect(codeOf(() => decodeEntryBundle(bytes, width))).toBe('malformed');
    });

    it.each([0, 257, 1.5])('refuses a width of %d', (width) => {
      expect(codeOf(() => decodeEntryBundle(new Uint8Array(), width))).toBe('out_of_range');
    });

    it('accepts no bytes but those it would encode', () => {
      const few = fc.uint8Array({ max: 3, maxLength: 12 });
      fc.assert(
        fc.property(few, fc.integer({ min: 1, max: 4 }), (bytes, width) => {
          if (codeOf(() => decodeEntryBundle(bytes, width)) !== undefined) return;
          expect(encodeEntryBundle(decodeEntryBundle(bytes, width))).toEqual(bytes);
        }),
        { numRuns: 1000 },
      );
    });
  });
});
