import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sha256 } from '#libs/tlog';
import { bucketLeafHash, bucketOf, decodeBucket } from './bucket.js';
import { compareBytes } from './bytes.js';
import {
  anyMetadataBytes,
  anyMutation,
  anyShape,
  mutated,
  plainMetadata,
  refusal,
  signal,
} from './feed.arbitrary.js';
import { decodeRecords, encodeRecords, type SetRecord } from './record.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const byKey = (a: SetRecord, b: SetRecord): number => compareBytes(a.key, b.key);

const anyRecords = anyShape.chain((shape) =>
  fc
    .uniqueArray(fc.tuple(fc.nat(1000), anyMetadataBytes), { selector: ([n]) => n, maxLength: 5 })
    .map((rows) => rows.map(([n, metadata]) => ({ ...signal(shape, n), metadata })).sort(byKey)),
);
const metadata = plainMetadata(1);
const record = (key: string, value = ''): SetRecord => ({ key: unhex(key), metadata, value: unhex(value) });

describe('records', () => {
  describe('when encoded', () => {
    it('are length-prefixed key, metadata and value', () => {
      const value = new TextEncoder().encode('a');
      const key = sha256(value);
      expect(hex(encodeRecords([record('aabb'), { key, metadata, value }]))).toBe(
        `0002aabb0009${hex(metadata)}00000000` + `0020${hex(key)}0009${hex(metadata)}0000000161`,
      );
    });

    it('are nothing when there are none', () => {
      expect(encodeRecords([])).toHaveLength(0);
    });

    it.each<[string, SetRecord[], string]>([
      ['an empty key', [record('')], 'bad-record'],
      ['a key of 256 bytes', [record('00'.repeat(256))], 'bad-record'],
      ['a value of 1,025 bytes', [record('01', '00'.repeat(1025))], 'bad-record'],
      ['metadata of 65,536 bytes', [{ ...record('01'), metadata: new Uint8Array(65_536) }], 'bad-record'],
      ['keys out of order', [record('02'), record('01')], 'unsorted'],
      ['a key twice', [record('01'), record('01')], 'duplicate'],
    ])('refuse %s', (_, records, code) => {
      expect(refusal(() => encodeRecords(records))).toBe(code);
    });
  });

  describe('when decoded', () => {
    const meta = `0009${hex(metadata)}`;
    it.each([
      ['a record cut short', `0001aa${meta}000000`, 'bad-record'],
      ['a length beyond the end', `0001aa${meta}ffffffff`, 'bad-record'],
      ['an empty key', `0000${meta}00000000`, 'bad-record'],
      ['a value of 1,025 bytes', `0001aa${meta}00000401${'00'.repeat(1025)}`, 'bad-record'],
      ['metadata that is none', '0001aa 0000 00000000', 'bad-metadata'],
      ['a value that is not the key’s', `0001aa${meta}0000000161`, 'key-mismatch'],
      ['keys out of order', `0001bb${meta}00000000 0001aa${meta}00000000`, 'unsorted'],
      ['a key twice', `0001aa${meta}00000000 0001aa${meta}00000000`, 'duplicate'],
    ])('refuse %s', (_, text, code) => {
      expect(refusal(() => decodeRecords(unhex(text)))).toBe(code);
    });

    it('give back what was encoded', () => {
      fc.assert(
        fc.property(anyRecords, (records) => expect(decodeRecords(encodeRecords(records))).toEqual(records)),
      );
    });
  });

  describe('when a byte is changed', () => {
    it('are refused or encode to the changed bytes', () => {
      fc.assert(
        fc.property(anyRecords, anyMutation, (records, [at, flip]) => {
          fc.pre(records.length > 0);
          const bytes = mutated(encodeRecords(records), at, flip);
          let read: SetRecord[] = [];
          if (refusal(() => (read = decodeRecords(bytes))) === null)
            expect(hex(encodeRecords(read))).toBe(hex(bytes));
        }),
        { numRuns: 500 },
      );
    });
  });
});

describe('bucket', () => {
  it('is the first two bytes of the hash of the key', () => {
    // SHA-256("abc") begins with ba78 (FIPS 180-4).
    expect(bucketOf(new TextEncoder().encode('abc'))).toBe(0xba78);
  });

  it('has the leaf hash of its records', () => {
    const leaf = Buffer.concat([Buffer.of(0), encodeRecords([record('aa')])]);
    expect(hex(bucketLeafHash([record('aa')]))).toBe(hex(sha256(leaf)));
  });

  describe('when it is read', () => {
    it('gives its records', () => {
      const records = [record('616263')];
      expect(decodeBucket(encodeRecords(records), 0xba78)).toEqual(records);
    });

    it('refuses a key of another bucket', () => {
      expect(refusal(() => decodeBucket(encodeRecords([record('616263')]), 0xba79))).toBe('wrong-bucket');
    });
  });
});
