import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyMetadata, anyMutation, mutated, refusal } from './feed.arbitrary.js';
import { decodeMetadata } from './metadata-decoder.js';
import { encodeMetadata } from './metadata-encoder.js';
import type { Metadata } from './metadata.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

const least: Metadata = {
  status: 'active',
  assurance: 'provisional',
  supporters: 1,
  labels: [],
  authors: [],
  unknown: [],
};
const most: Metadata = {
  status: 'disputed',
  assurance: 'verified',
  supporters: 1024,
  labels: [
    { code: 2, count: 3 },
    { code: 300, count: 8 },
  ],
  expiryDay: 20_000,
  quality: 100,
  authors: [0, 1, 2, 3, 4, 5, 6, 128],
  unknown: [
    { tag: 8, payload: unhex('') },
    { tag: 200, payload: unhex('c0ffee') },
  ],
};
const leastHex = '010100 020100 030101';
const mostHex =
  '010101 020102 03028008 0405 0203ac0208 0503a09c01 060164 0709 000102030405068001 0800 c80103c0ffee';

describe('metadata', () => {
  describe('when encoding', () => {
    it('writes the three fields that are always there', () => {
      expect(hex(encodeMetadata(least))).toBe(leastHex.replaceAll(' ', ''));
    });

    it('writes every field in ascending order of tag', () => {
      expect(hex(encodeMetadata(most))).toBe(mostHex.replaceAll(' ', ''));
    });

    it.each<[string, Partial<Metadata>, string]>([
      ['an unknown status', { status: 'gone' as 'active' }, 'bad-metadata'],
      ['a count that is not bucketed', { supporters: 5 }, 'bad-metadata'],
      ['a label count that is not bucketed', { labels: [{ code: 1, count: 9 }] }, 'bad-metadata'],
      [
        'labels out of order',
        {
          labels: [
            { code: 2, count: 1 },
            { code: 1, count: 1 },
          ],
        },
        'bad-metadata',
      ],
      [
        'a label twice',
        {
          labels: [
            { code: 2, count: 1 },
            { code: 2, count: 1 },
          ],
        },
        'bad-metadata',
      ],
      ['a quality above 100', { quality: 101 }, 'bad-metadata'],
      ['a quality that a byte would cut to 44', { quality: 300 }, 'bad-metadata'],
      ['a quality below 0', { quality: -1 }, 'bad-metadata'],
      ['half a quality', { quality: 0.5 }, 'bad-metadata'],
      ['nine authors', { authors: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, 'bad-metadata'],
      ['authors out of order', { authors: [2, 1] }, 'bad-metadata'],
      ['a negative day', { expiryDay: -1 }, 'bad-varint'],
      ['a known tag among the unknown', { unknown: [{ tag: 5, payload: unhex('01') }] }, 'bad-metadata'],
      [
        'unknown tags out of order',
        {
          unknown: [
            { tag: 9, payload: unhex('') },
            { tag: 8, payload: unhex('') },
          ],
        },
        'bad-metadata',
      ],
      ['more than 65,535 bytes', { unknown: [{ tag: 8, payload: new Uint8Array(65_530) }] }, 'bad-metadata'],
    ])('refuses %s', (_, change, code) => {
      expect(refusal(() => encodeMetadata({ ...least, ...change }))).toBe(code);
    });
  });

  describe('when decoding', () => {
    it('reads every field', () => {
      expect(decodeMetadata(unhex(mostHex))).toEqual(most);
    });

    it.each([
      ['nothing', ''],
      ['no status', '020100 030101'],
      ['no assurance', '010100 030101'],
      ['no supporters', '010100 020100'],
      ['tag 0', '0000 010100 020100 030101'],
      ['tags out of order', '020100 010100 030101'],
      ['a tag twice', '010100 010100 020100 030101'],
      ['a field cut short', '010100 020100 0302'],
      ['a tag without a length', '010100 020100 030101 04'],
      ['an empty status', '0100 020100 030101'],
      ['a status of two bytes', '01020000 020100 030101'],
      ['an unknown status', '010102 020100 030101'],
      ['an unknown assurance', '010100 020103 030101'],
      ['a tag longer than needed', '818000 0100 020100 030101'],
      ['a length longer than needed', '01810000 020100 030101'],
      ['a count longer than needed', '010100 020100 03028100'],
      ['supporters not bucketed', '010100 020100 030105'],
      ['supporters of two numbers', '010100 020100 03020101'],
      ['labels present but empty', '010100 020100 030101 0400'],
      ['a label without a count', '010100 020100 030101 040101'],
      ['labels out of order', '010100 020100 030101 040402010101'],
      ['a label count not bucketed', '010100 020100 030101 04020106'],
      ['an empty expiry', '010100 020100 030101 0500'],
      ['a quality of 101', '010100 020100 030101 060165'],
      ['authors present but empty', '010100 020100 030101 0700'],
      ['an author twice', '010100 020100 030101 07020101'],
      ['nine authors', '010100 020100 030101 0709010203040506070809'],
    ])('refuses %s', (_, text) => {
      expect(refusal(() => decodeMetadata(unhex(text)))).toBe('bad-metadata');
    });

    it('names field and rule', () => {
      expect(() => decodeMetadata(unhex('010100 020100 030101 060165'))).toThrow(
        'metadata quality: is above 100',
      );
    });
  });

  describe('when decoding what was encoded', () => {
    it('gives the metadata back', () => {
      fc.assert(
        fc.property(anyMetadata, (metadata) =>
          expect(decodeMetadata(encodeMetadata(metadata))).toEqual(metadata),
        ),
      );
    });
  });

  describe('when a byte is changed', () => {
    it('is refused or encodes to the changed bytes', () => {
      fc.assert(
        fc.property(anyMetadata, anyMutation, (metadata, [at, flip]) => {
          const bytes = mutated(encodeMetadata(metadata), at, flip);
          let read: Metadata | undefined;
          const code = refusal(() => (read = decodeMetadata(bytes)));
          if (code === null) expect(hex(encodeMetadata(read!))).toBe(hex(bytes));
          else expect(code).toBe('bad-metadata');
        }),
        { numRuns: 1000 },
      );
    });
  });
});
