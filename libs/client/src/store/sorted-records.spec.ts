import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bucketLeafHash, bucketOf, encodeMetadata, encodeRecords, type SetRecord } from '#libs/protocol';
import { BucketIndex } from './bucket-index.js';
import { SetReader } from './set-reader.js';
import { sortedRecords } from './sorted-records.js';

let directory: string;
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'cairn-sorted-'))));
afterEach(() => rm(directory, { recursive: true, force: true }));

const plain = encodeMetadata({
  ...{ status: 'active', assurance: 'provisional', supporters: 1, labels: [], authors: [], unknown: [] },
});

/** A store of one type with these keys, written by hand. */
async function readerOf(keys: readonly Uint8Array[]): Promise<SetReader> {
  const buckets = new Map<number, SetRecord[]>();
  for (const key of keys) {
    const list = buckets.get(bucketOf(key)) ?? [];
    list.push({ key, metadata: plain, value: new Uint8Array(0) });
    buckets.set(
      bucketOf(key),
      list.sort((a, b) => Buffer.compare(a.key, b.key)),
    );
  }
  const index = BucketIndex.empty();
  let data = Buffer.alloc(0);
  for (const [bucket, records] of buckets) {
    const bytes = encodeRecords(records);
    index.set(bucket, data.length, bytes.length, Buffer.from(bucketLeafHash(records)).toString('latin1'));
    data = Buffer.concat([data, bytes]);
  }
  const root = index.root();
  await writeFile(join(directory, 'md5.1.data'), data);
  await writeFile(join(directory, 'md5.1.index'), index.bytes);
  const file = { name: 'md5.1.data', length: data.length, live: data.length };
  const state = {
    keyLength: 16,
    hasValues: false,
    count: keys.length,
    root,
    data: file,
    index: 'md5.1.index',
  };
  return new SetReader(directory, 'md5', state);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('sortedRecords', () => {
  it.each([
    [600, 64 * 1024 * 1024],
    [600, 5000],
    [40, 1],
  ])('orders %i records by key, in parts of %i bytes', async (count, partBytes) => {
    // Many keys share two or four of their first bytes, some differ in the last only.
    const keys = Array.from({ length: count }, (_, n) => {
      const key = Buffer.alloc(16);
      key.writeUInt16BE((n * 7919) % 13 === 0 ? 5 : (n * 7919) % 300);
      key.writeUInt32BE(n, 12);
      return new Uint8Array(key);
    });
    const reader = await readerOf(keys);
    reader.verify();
    const sorted = [...sortedRecords(reader, partBytes)].map(({ key }) => hex(key));
    reader.close();
    expect(sorted).toEqual(keys.map(hex).sort());
  });

  it('has nothing to order in an empty set', async () => {
    const reader = await readerOf([]);
    expect([...sortedRecords(reader)]).toEqual([]);
    reader.close();
  });
});
