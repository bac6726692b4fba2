import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeRecords, type SetRecord } from '#libs/protocol';
import { BucketRecords } from './bucket-records.js';

const KEY_LENGTH = 6;
const bytes = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength });
const record = fc.record({ key: bytes(KEY_LENGTH, KEY_LENGTH), metadata: bytes(20), value: bytes(1024) });
const records = fc.uniqueArray(record, {
  maxLength: 90,
  selector: ({ key }) => Buffer.from(key).toString('hex'),
});
const sorted = (list: SetRecord[]): SetRecord[] => list.sort((a, b) => Buffer.compare(a.key, b.key));

/** What a bucket writes, beside a byte that it must leave alone. */
function written(bucket: BucketRecords): Uint8Array {
  const target = new Uint8Array(bucket.byteLength() + 2);
  expect(bucket.write(new DataView(target.buffer), 1)).toBe(target.length - 1);
  return target.subarray(1, -1);
}

function insertAll(bucket: BucketRecords, source: number, list: readonly SetRecord[], at: number): void {
  for (const { key, metadata, value } of list) {
    const slot = bucket.insert(~bucket.find(source, at), source, at);
    bucket.setMetadata(slot, source, at + key.length, metadata.length);
    bucket.setValue(slot, source, at + key.length + metadata.length, value.length);
    at += key.length + metadata.length + value.length;
  }
}

const joined = (list: readonly SetRecord[]): Buffer =>
  Buffer.concat(list.flatMap(({ key, metadata, value }) => [key, metadata, value]));

describe('BucketRecords', () => {
  it('writes what the protocol would, whatever is inserted in whatever order', () => {
    fc.assert(
      fc.property(records, (list) => {
        const bucket = new BucketRecords(KEY_LENGTH, [joined(list)]);
        bucket.load(new Uint8Array(0));
        insertAll(bucket, 1, list, 0);
        expect(Buffer.from(written(bucket)).equals(encodeRecords(sorted(list)))).toBe(true);
      }),
    );
  });

  it('gives back what it loads, with more beside it and some taken out', () => {
    fc.assert(
      fc.property(records, fc.nat(), (list, cut) => {
        const split = list.length === 0 ? 0 : cut % (list.length + 1);
        const [old, fresh] = [sorted(list.slice(0, split)), list.slice(split)];
        const bucket = new BucketRecords(KEY_LENGTH, [joined(fresh)]);
        bucket.load(encodeRecords(old));
        insertAll(bucket, 1, fresh, 0);
        const all = sorted([...old, ...fresh]);
        expect(bucket.count).toBe(all.length);
        if (all.length > 0) {
          bucket.removeAt(cut % all.length);
          all.splice(cut % all.length, 1);
        }
        expect(Buffer.from(written(bucket)).equals(encodeRecords(all))).toBe(true);
      }),
    );
  });

  it('finds what is there, and where else a key belongs', () => {
    const list = [3, 5, 9].map((n) => ({
      key: Uint8Array.of(n, 0, 0, 0, 0, 200),
      metadata: new Uint8Array(0),
      value: new Uint8Array(0),
    }));
    const probes = Uint8Array.of(
      5,
      0,
      0,
      0,
      0,
      200,
      5,
      0,
      0,
      0,
      0,
      201,
      1,
      0,
      0,
      0,
      0,
      0,
      255,
      0,
      0,
      0,
      0,
      0,
    );
    const bucket = new BucketRecords(KEY_LENGTH, [probes]);
    bucket.load(encodeRecords(list));
    expect([0, 6, 12, 18].map((at) => bucket.find(1, at))).toEqual([1, ~2, ~0, ~3]);
  });
});
