import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sha256 } from '#libs/tlog';
import type { Change } from './change.js';
import {
  anyMutation,
  anyShapeAndChanges,
  change,
  MD5,
  mutated,
  PDQ,
  plainMetadata,
  refusal,
  URL,
} from './feed.arbitrary.js';
import { decodePack } from './pack-decoder.js';
import { encodePack } from './pack-encoder.js';
import {
  packChanges,
  packContents,
  packKey,
  packMetadata,
  packValue,
  type Pack,
  type PackContents,
} from './pack.js';
import type { SetShape } from './set-shape.js';
import { encodeVarint } from './varint.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const from = sha256(Buffer.from('from'));
const to = sha256(Buffer.from('to'));
const contentsOf = (shape: SetShape, changes: Change[]): PackContents => ({ ...shape, from, to, changes });
const bytes16 = (first: number): Uint8Array => Uint8Array.of(first, ...new Uint8Array(15));

const anyContents = anyShapeAndChanges.map(([shape, changes]) => contentsOf(shape, changes));
/** Enough distinct metadata strings for indexes of two bytes. */
const wide = contentsOf(
  MD5,
  Array.from({ length: 400 }, (_, i): Change => {
    const key = Uint8Array.of(i >> 8, i & 255, ...new Uint8Array(14));
    const metadata = Uint8Array.of(...plainMetadata(1), 5, 2, 0x80 | (i & 127), 1 + (i >> 7));
    return { op: 'update', key, metadata };
  }),
);

describe('pack', () => {
  describe('when encoded', () => {
    it('has the layout of the format', () => {
      const [one, two] = [plainMetadata(1), plainMetadata(2)];
      const bytes = encodePack(
        contentsOf(MD5, [
          { op: 'remove', key: bytes16(1), reason: 10 },
          { op: 'add', key: bytes16(2), metadata: two, value: new Uint8Array() },
          { op: 'update', key: bytes16(3), metadata: one },
          { op: 'add', key: bytes16(4), metadata: two, value: new Uint8Array() },
        ]),
      );
      const zeros = '00'.repeat(15);
      expect(hex(bytes)).toBe(
        [
          '434149524e504b31',
          '03',
          '6d6435',
          '10',
          '00',
          '00000002',
          '00000001',
          '00000001',
          hex(from),
          hex(to),
        ].join('') +
          ['00000002', '0009', hex(one), '0009', hex(two)].join('') +
          [`02${zeros}`, `04${zeros}`, `03${zeros}`, `01${zeros}`, '010100', '0a'].join(''),
      );
    });

    it('has values behind the columns of a variable-length type', () => {
      const value = new TextEncoder().encode('a.example');
      const key = sha256(value);
      const bytes = encodePack(contentsOf(URL, [{ op: 'add', key, metadata: plainMetadata(1), value }]));
      expect(hex(bytes).endsWith(`${hex(key)}000009${hex(value)}`)).toBe(true);
      expect(bytes[13]).toBe(1);
    });

    it('has indexes of one byte for 256 metadata strings and of two for 257', () => {
      const column = (records: number): string => {
        const bytes = encodePack({ ...wide, changes: wide.changes.slice(0, records) });
        const table = 94 + records * (2 + 13);
        return hex(bytes.subarray(table + records * 16));
      };
      // The strings of these records ascend in another order than the records, but each index stands once.
      expect(column(256)).toHaveLength(256 * 2);
      expect(column(257)).toHaveLength(257 * 4);
      expect(new Set(column(257).match(/..../g)).size).toBe(257);
    });

    it('is the same for the same changes in other arrays', () => {
      fc.assert(
        fc.property(anyContents, (contents) => {
          const copied = contents.changes.map((c) => ({ ...c, key: Uint8Array.from(c.key) }));
          expect(hex(encodePack({ ...contents, changes: copied }))).toBe(hex(encodePack(contents)));
        }),
      );
    });
  });

  describe('when decoded after encoding', () => {
    it('gives the contents back', () => {
      fc.assert(
        fc.property(anyContents, (contents) =>
          expect(packContents(decodePack(encodePack(contents)))).toEqual(contents),
        ),
        { numRuns: 300 },
      );
    });

    it('gives them back with indexes of two bytes', () => {
      expect(packContents(decodePack(encodePack(wide)))).toEqual(wide);
    });

    it('gives columns that are views of its bytes', () => {
      const changes = [change(URL, 1, 'add', plainMetadata(2))];
      const bytes = encodePack(contentsOf(URL, changes));
      const pack = decodePack(bytes);
      const views = [
        pack.from,
        pack.added.keys,
        packKey(pack, pack.added, 0),
        packMetadata(pack, pack.added, 0),
        packValue(pack, 0),
      ];
      for (const view of views) expect(view.buffer).toBe(bytes.buffer);
    });

    it('walks the changes in order of key over all sections', () => {
      fc.assert(
        fc.property(anyContents, (contents) => {
          const keys = [...packChanges(decodePack(encodePack(contents)))].map(({ key }) => hex(key));
          expect(keys).toEqual([...keys].sort());
        }),
      );
    });
  });

  describe('when a byte is changed', () => {
    const survives = (bytes: Uint8Array): void => {
      let pack: Pack | undefined;
      if (refusal(() => (pack = decodePack(bytes))) !== null) return;
      expect(hex(encodePack(packContents(pack!)))).toBe(hex(bytes));
    };

    it('is refused or encodes to the changed bytes', () => {
      fc.assert(
        fc.property(anyContents, anyMutation, (contents, [at, flip]) =>
          survives(mutated(encodePack(contents), at, flip)),
        ),
        { numRuns: 2000 },
      );
    });

    it('is so with indexes of two bytes', () => {
      const bytes = encodePack(wide);
      fc.assert(fc.property(anyMutation, ([at, flip]) => survives(mutated(bytes, at, flip))));
    });

    it('is so wherever the byte stands, for each of its bits', () => {
      const changes = [change(URL, 1, 'add', plainMetadata(2)), change(URL, 3, 'remove', 5)];
      const bytes = encodePack(
        contentsOf(
          URL,
          changes.sort((a, b) => Buffer.compare(a.key, b.key)),
        ),
      );
      for (let at = 0; at < bytes.length; at++)
        for (let bit = 0; bit < 8; bit++) survives(mutated(bytes, at, 1 << bit));
    });
  });

  describe('when cut short or prolonged', () => {
    it('is refused at every length', () => {
      fc.assert(
        fc.property(anyContents, fc.nat(), (contents, at) => {
          const bytes = encodePack(contents);
          expect(refusal(() => decodePack(bytes.subarray(0, at % bytes.length)))).not.toBeNull();
          expect(refusal(() => decodePack(Uint8Array.of(...bytes, 0)))).toBe('trailing');
        }),
      );
    });
  });

  describe('when a pack cannot be made', () => {
    const one = change(MD5, 1, 'add', plainMetadata(1));
    const two = change(MD5, 2, 'add', plainMetadata(1));
    const [low, high] = Buffer.compare(one.key, two.key) < 0 ? [one, two] : [two, one];
    const long = new Uint8Array(1025);
    it.each<[string, Partial<PackContents>, string]>([
      ['a type name in capitals', { type: 'MD5' }, 'bad-type'],
      ['no type name', { type: '' }, 'bad-type'],
      ['a key length of 0', { keyLength: 0 }, 'bad-key-length'],
      ['a key length of 256', { keyLength: 256 }, 'bad-key-length'],
      ['half a key length', { keyLength: 1.5 }, 'bad-key-length'],
      ['values beside keys of 16 bytes', { hasValues: true }, 'bad-key-length'],
      ['a root of 31 bytes', { from: from.subarray(1) }, 'bad-root'],
      ['changes out of order', { changes: [high, low] }, 'unsorted'],
      ['a key twice', { changes: [low, low] }, 'duplicate'],
      ['a key of another length', { changes: [change(PDQ, 1, 'remove', 1)] }, 'bad-key-length'],
      [
        'a value of a fixed-length type',
        { changes: [{ ...one, op: 'add', metadata: plainMetadata(1), value: long }] },
        'bad-value',
      ],
      [
        'no value of a variable-length type',
        { ...URL, changes: [change(PDQ, 1, 'add', plainMetadata(1))] },
        'bad-value',
      ],
      [
        'a value of 1,025 bytes',
        { ...URL, changes: [{ op: 'add', key: from, metadata: plainMetadata(1), value: long }] },
        'bad-value',
      ],
      [
        'a value of another key',
        { ...URL, changes: [{ op: 'add', key: from, metadata: plainMetadata(1), value: to }] },
        'key-mismatch',
      ],
      ['metadata that is none', { changes: [change(MD5, 1, 'add', Uint8Array.of(1))] }, 'bad-metadata'],
      ['reason 0', { changes: [change(MD5, 1, 'remove', 0)] }, 'bad-reason'],
    ])('refuses %s', (_, contents, code) => {
      expect(refusal(() => encodePack({ ...contentsOf(MD5, []), ...contents }))).toBe(code);
    });

    it('refuses 65,537 changes', () => {
      const changes = Array.from({ length: 65_537 }, (_, i): Change => {
        const key = Uint8Array.of(i >> 16, i >> 8, i, ...new Uint8Array(13));
        return { op: 'remove', key, reason: 1 };
      });
      expect(refusal(() => encodePack(contentsOf(MD5, changes)))).toBe('oversize');
      expect(refusal(() => encodePack(contentsOf(MD5, changes.slice(1))))).toBeNull();
    });

    it('refuses one byte more than 8 MiB', () => {
      const padded = (length: number): Uint8Array =>
        Uint8Array.of(...plainMetadata(1), 8, ...encodeVarint(length - 13), ...new Uint8Array(length - 13));
      const [long, short] = [padded(65_517), padded(65_516)];
      const numbered = (i: number, metadata: Uint8Array): Change => {
        const own = Uint8Array.from(metadata);
        own[13] = i;
        return { op: 'update', key: bytes16(i), metadata: own };
      };
      const changes = (longOnes: number): Change[] =>
        Array.from({ length: 128 }, (_, i) => numbered(i, i < longOnes ? long : short));
      expect(encodePack(contentsOf(MD5, changes(34)))).toHaveLength(8 * 1024 * 1024);
      expect(refusal(() => encodePack(contentsOf(MD5, changes(35))))).toBe('oversize');
    });
  });
});
