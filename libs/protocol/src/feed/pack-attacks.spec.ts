import { describe, expect, it } from '@jest/globals';
import { sha256 } from '#libs/tlog';
import { plainMetadata, refusal } from './feed.arbitrary.js';
import { decodePack } from './pack-decoder.js';
import { PackError } from './pack-error.js';

/** A pack written field by field from the format alone, so that any field can lie. */
interface Raw {
  magic: string;
  typeLength: number;
  type: string;
  keyLength: number;
  flags: number;
  counts: [number, number, number];
  distinct: number;
  table: Uint8Array[];
  added: Uint8Array[];
  updated: Uint8Array[];
  removed: Uint8Array[];
  index: number[];
  reasons: number[];
  values: Uint8Array[];
  tail: number[];
}

const u16 = (n: number): Buffer => Buffer.of(n >> 8, n & 255);
const u32 = (n: number): Buffer => Buffer.concat([u16(Math.floor(n / 65_536)), u16(n % 65_536)]);
const prefixed = (bytes: Uint8Array): Buffer => Buffer.concat([u16(bytes.length), bytes]);
const key = (n: number): Uint8Array => Uint8Array.of(n, 0, 0, 0);

function raw(change: Partial<Raw>): Uint8Array {
  const plain = {
    magic: 'CAIRNPK1',
    type: 'demo',
    keyLength: 4,
    flags: 0,
    table: [plainMetadata(1)],
    added: [key(1), key(3)],
    updated: [key(2)],
    removed: [key(4)],
    index: [0, 0, 0],
    reasons: [1],
    values: [],
    tail: [],
    ...change,
  };
  const { added, updated, removed, table, type } = plain;
  const counts = plain.counts ?? [added.length, updated.length, removed.length];
  return Uint8Array.from(
    Buffer.concat([
      Buffer.from(plain.magic, 'latin1'),
      Buffer.of(plain.typeLength ?? type.length),
      Buffer.from(type, 'latin1'),
      Buffer.of(plain.keyLength, plain.flags),
      ...counts.map(u32),
      Buffer.alloc(64, 7),
      u32(plain.distinct ?? table.length),
      ...table.map(prefixed),
      ...added,
      ...updated,
      ...removed,
      Buffer.from(plain.index),
      Buffer.from(plain.reasons),
      ...plain.values.map(prefixed),
      Buffer.from(plain.tail),
    ]),
  );
}

const [one, two, three] = [1, 2, 3].map(plainMetadata) as [Uint8Array, Uint8Array, Uint8Array];
const bare = { table: [], added: [], updated: [], removed: [], index: [], reasons: [] };
const text = Buffer.from('a value');
const variable = {
  ...bare,
  flags: 1,
  keyLength: 32,
  table: [one],
  index: [0],
  added: [sha256(text)],
  values: [text],
};

describe('decodePack', () => {
  describe('when the pack is as it should be', () => {
    it.each<[string, Partial<Raw>]>([
      ['a plain one', {}],
      ['one without changes', bare],
      ['one with a value', variable],
      ['one with a removal reason of a later version', { reasons: [255] }],
      [
        'one with the longest value',
        { ...variable, values: [Buffer.alloc(1024)], added: [sha256(Buffer.alloc(1024))] },
      ],
    ])('reads %s', (_, change) => {
      expect(refusal(() => decodePack(raw(change)))).toBeNull();
    });
  });

  describe('when the pack is not', () => {
    it.each<[string, Partial<Raw>, string]>([
      ['another magic', { magic: 'CAIRNPK2' }, 'bad-magic'],
      ['no type name', { type: '' }, 'bad-type'],
      ['a type name in capitals', { type: 'Demo' }, 'bad-type'],
      ['a type name of 33 characters', { type: 'a'.repeat(33) }, 'bad-type'],
      ['a type name with a line feed', { type: 'demo\n' }, 'bad-type'],
      ['a type name that is not ASCII', { type: 'dem\u00f6' }, 'bad-type'],
      ['a type name beyond the end', { ...bare, typeLength: 255 }, 'truncated'],
      ['keys of no length', { keyLength: 0 }, 'bad-key-length'],
      ['values beside keys of 4 bytes', { flags: 1 }, 'bad-key-length'],
      ['flag bit 1', { flags: 2 }, 'bad-flags'],
      ['flag bit 7 beside bit 0', { flags: 0x81 }, 'bad-flags'],
      ['added keys out of order', { added: [key(3), key(1)] }, 'unsorted'],
      ['updated keys out of order', { added: [], updated: [key(3), key(2), key(1)] }, 'unsorted'],
      ['removed keys out of order', { removed: [key(9), key(4)], reasons: [1, 1] }, 'unsorted'],
      ['an added key twice', { added: [key(1), key(1)] }, 'duplicate'],
      ['an updated key twice', { added: [key(1)], updated: [key(2), key(2)] }, 'duplicate'],
      ['a removed key twice', { removed: [key(4), key(4)], reasons: [1, 1] }, 'duplicate'],
      ['a key added and updated', { updated: [key(3)] }, 'overlap'],
      ['a key added and removed', { removed: [key(1)] }, 'overlap'],
      ['a key updated and removed', { removed: [key(2)] }, 'overlap'],
      ['65,537 changes', { ...bare, counts: [65_535, 1, 1] }, 'oversize'],
      [
        '2^32 - 1 changes of each kind',
        { ...bare, counts: [0xffffffff, 0xffffffff, 0xffffffff] },
        'oversize',
      ],
      ['more added than there are keys', { counts: [3, 1, 1] }, 'truncated'],
      ['fewer removed than there are keys', { ...bare, removed: [key(4)], counts: [0, 0, 0] }, 'trailing'],
      ['65,536 changes and nothing more', { ...bare, counts: [0, 0, 65_536] }, 'truncated'],
      ['a byte after its end', { tail: [0] }, 'trailing'],
      ['values of a fixed-length type', { values: [text] }, 'trailing'],
      ['metadata that is none', { table: [Uint8Array.of(1, 1)] }, 'bad-metadata'],
      ['metadata out of order', { table: [two, one], index: [0, 1, 0] }, 'unsorted-metadata'],
      ['metadata twice', { table: [one, one], index: [0, 1, 0] }, 'duplicate-metadata'],
      ['metadata that nothing uses', { table: [one, two], index: [0, 0, 0] }, 'unused-metadata'],
      ['more metadata than records', { table: [one, two, three, plainMetadata(4)] }, 'unused-metadata'],
      ['metadata without any record', { ...bare, table: [one] }, 'unused-metadata'],
      ['2^32 - 1 metadata strings', { distinct: 0xffffffff }, 'unused-metadata'],
      ['an index beyond the table', { index: [0, 1, 0] }, 'bad-metadata-index'],
      ['records without any metadata', { table: [] }, 'bad-metadata-index'],
      ['removal reason 0', { reasons: [0] }, 'bad-reason'],
      ['an empty value', { ...variable, values: [Buffer.alloc(0)] }, 'bad-value'],
      ['a value of 1,025 bytes', { ...variable, values: [Buffer.alloc(1025)] }, 'bad-value'],
      ['a value missing', { ...variable, values: [] }, 'truncated'],
      ['a value too many', { ...variable, values: [text, text] }, 'trailing'],
      ['a value of another key', { ...variable, values: [Buffer.from('another')] }, 'key-mismatch'],
    ])('refuses %s', (_, change, code) => {
      expect(refusal(() => decodePack(raw(change)))).toBe(code);
    });

    it('refuses more than 8 MiB before reading anything', () => {
      expect(refusal(() => decodePack(new Uint8Array(8 * 1024 * 1024 + 1)))).toBe('oversize');
    });

    it('names section and position', () => {
      expect(() => decodePack(raw({ added: [key(3), key(1)] }))).toThrow(
        'added key 1 is not above the one before',
      );
    });

    it('throws a PackError that is named so', () => {
      expect(() => decodePack(new Uint8Array())).toThrow(PackError);
      expect(new PackError('absent', 'x').name).toBe('PackError');
    });
  });
});
