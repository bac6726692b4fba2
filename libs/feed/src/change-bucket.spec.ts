import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Change, decodeRecords, encodeRecords, type SetRecord, sortChanges } from '#libs/protocol';
import { sha256 } from '#libs/tlog';
import { changeBucket } from './change-bucket.js';

/** Few keys, so that changes meet records. A record with a value has the value's hash as its key. */
const anyRecord: fc.Arbitrary<SetRecord> = fc
  .tuple(fc.nat(11), fc.nat(1), fc.boolean())
  .map(([n, variant, hasValue]) => {
    const value = hasValue ? Uint8Array.of(n) : new Uint8Array(0);
    const key = hasValue ? sha256(value) : Uint8Array.of(n, n, n, n);
    return { key, metadata: METADATA[variant]!, value };
  });
const METADATA = ['010100020100030101', '010100020101030102'].map((hex) =>
  Uint8Array.from(Buffer.from(hex, 'hex')),
);

const anyRecords = fc
  .uniqueArray(anyRecord, { selector: (record) => Buffer.from(record.key).toString('hex'), maxLength: 10 })
  .map((records) => records.sort((a, b) => Buffer.compare(a.key, b.key)));

/** Changes from one list of records to another. */
function changesBetween(before: readonly SetRecord[], after: readonly SetRecord[]): Change[] {
  const has = (records: readonly SetRecord[], { key }: SetRecord) =>
    records.some((record) => Buffer.compare(record.key, key) === 0);
  return sortChanges([
    ...before
      .filter((record) => !has(after, record))
      .map(({ key }) => ({ op: 'remove', key, reason: 1 }) as const),
    ...after.map((record) =>
      has(before, record)
        ? ({ op: 'update', key: record.key, metadata: record.metadata } as const)
        : ({ op: 'add', ...record } as const),
    ),
  ]);
}

describe('changeBucket', () => {
  describe('when the changes fit', () => {
    it('gives the leaf data of the records after them', () => {
      fc.assert(
        fc.property(anyRecords, anyRecords, (before, after) => {
          const data = changeBucket(encodeRecords(before), changesBetween(before, after));
          expect(Buffer.from(data).toString('hex')).toBe(Buffer.from(encodeRecords(after)).toString('hex'));
        }),
      );
    });

    it('keeps the value of a record that is updated', () => {
      const value = Uint8Array.of(1, 2, 3);
      const record = { key: sha256(value), metadata: METADATA[0]!, value };
      const update = { op: 'update', key: record.key, metadata: METADATA[1]! } as const;
      expect(decodeRecords(changeBucket(encodeRecords([record]), [update]))).toEqual([
        { ...record, metadata: METADATA[1]! },
      ]);
    });
  });

  describe('when they do not', () => {
    it.each(['add', 'update', 'remove'] as const)('refuses to %s', (op) => {
      const record = { key: Uint8Array.of(5), metadata: METADATA[0]!, value: new Uint8Array(0) };
      const change: Change = op === 'remove' ? { op, key: record.key, reason: 1 } : { op, ...record };
      const data = encodeRecords(op === 'add' ? [record] : []);
      expect(() => changeBucket(data, [change])).toThrow('does not fit');
    });
  });
});
