import { hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { bucketOf, BUCKET_COUNT, emptySubtreeHash } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import {
  BucketIndex,
  INDEX_BYTES,
  isUntouched,
  readLeaf,
  readPlace,
  rowAt,
  ROW_BYTES,
  TILE_WIDTH,
} from './bucket-index.js';
import type { TypeState } from './feed-state.js';

const NO_RECORDS = new Uint8Array(0);
const EMPTY_LEAF = Buffer.from(emptySubtreeHash(0)).toString('latin1');

/** A record of the store: views that last until the next read. */
export interface RecordView {
  readonly key: Uint8Array;
  readonly metadata: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * Reads the committed records of one type from disk, a bucket at a time. It keeps its files open, so a pull that commits
 * meanwhile, and removes them, changes nothing for it.
 */
export class SetReader {
  private readonly index: number;
  private readonly data: number;
  private readonly row = Buffer.alloc(ROW_BYTES);
  private buffer = new Uint8Array(64 * 1024);

  /** Throws ENOENT when a pull has removed the files of that state since. */
  constructor(
    private readonly directory: string,
    readonly type: string,
    readonly state: TypeState,
  ) {
    this.index = openSync(join(directory, state.index), 'r');
    try {
      this.data = openSync(join(directory, state.data.name), 'r');
    } catch (error) {
      closeSync(this.index);
      throw error;
    }
  }

  close(): void {
    closeSync(this.index);
    closeSync(this.data);
  }

  /**
   * The record with that key, or null. A view that lasts until the next read.
   *
   * @throws ClientError `STORE_DAMAGED`
   */
  find(key: Uint8Array): RecordView | null {
    const { keyLength } = this.state;
    if (key.length !== keyLength) return null;
    const bytes = this.readBucket(bucketOf(key));
    for (let start = 0; start < bytes.length; start = recordEnd(bytes, start, keyLength)) {
      if (isAt(bytes, start + KEY_AT, key)) return recordAt(bytes, start, keyLength);
    }
    return null;
  }

  /**
   * Calls `visit` with every record, bucket by bucket: it lies in `bytes` from `start` to `end`, until the next read.
   *
   * @throws ClientError `STORE_DAMAGED`
   */
  scan(visit: (bytes: Uint8Array, start: number, end: number) => void): void {
    const index = this.readIndex();
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      if (bucket % TILE_WIDTH === 0 && isUntouched(index, bucket / TILE_WIDTH)) {
        bucket += TILE_WIDTH - 1;
        continue;
      }
      const bytes = this.readRecords(bucket, index, rowAt(bucket));
      for (let start = 0; start < bytes.length;) {
        const end = recordEnd(bytes, start, this.state.keyLength);
        visit(bytes, start, end);
        start = end;
      }
    }
  }

  /**
   * Checks every byte: each bucket against its leaf hash, the leaves against the committed root, the number of records.
   *
   * @throws ClientError `STORE_DAMAGED`
   */
  verify(): void {
    let count = 0;
    this.scan(() => count++);
    const path = join(this.directory, this.state.index);
    const index = BucketIndex.restore(this.readIndex(), path);
    index.touchAll();
    if (index.root() !== this.state.root) this.damaged(path, 'does not lead to the root that was committed');
    if (count !== this.state.count)
      this.damaged(path, 'leads to another number of records than was committed');
  }

  private readIndex(): Buffer {
    const bytes = Buffer.alloc(INDEX_BYTES);
    readSync(this.index, bytes, 0, INDEX_BYTES, 0);
    return bytes;
  }

  private readBucket(bucket: number): Uint8Array {
    readSync(this.index, this.row, 0, ROW_BYTES, rowAt(bucket));
    return this.readRecords(bucket, this.row, 0);
  }

  /**
   * The records of the bucket whose row is at `at` in `rows`, checked against its leaf hash; a view that lasts until the
   * next read.
   */
  private readRecords(bucket: number, rows: Buffer, at: number): Uint8Array {
    const { offset, length } = readPlace(rows, at);
    const leaf = readLeaf(rows, at);
    if (length === 0 && leaf === EMPTY_LEAF) return NO_RECORDS;
    if (length > this.state.data.length) this.damaged(this.state.index, `bucket ${bucket} lies nowhere`);
    if (this.buffer.length <= length) this.buffer = new Uint8Array(2 * length);
    this.buffer[0] = 0;
    const read = length === 0 ? 0 : readSync(this.data, this.buffer, 1, length, offset);
    if (hash('sha256', this.buffer.subarray(0, 1 + read), 'binary') !== leaf)
      this.damaged(this.state.data.name, `bucket ${bucket} is not what was written`);
    return this.buffer.subarray(1, 1 + read);
  }

  private damaged(file: string, reason: string): never {
    const remedy = 'remove the directory of this feed and pull again';
    throw new ClientError('STORE_DAMAGED', join(this.directory, file), `${reason}; ${remedy}`);
  }
}

/** Where the key of a record begins, counted from the record's own start (docs/protocol-feed.md, "Record"). */
export const KEY_AT = 2;

/** The record at `start` in leaf data that was checked. */
export function recordAt(bytes: Uint8Array, start: number, keyLength: number): RecordView {
  const metadataAt = start + KEY_AT + keyLength + 2;
  const valueAt = metadataAt + u16(bytes, metadataAt - 2) + 4;
  return {
    key: bytes.subarray(start + KEY_AT, start + KEY_AT + keyLength),
    metadata: bytes.subarray(metadataAt, valueAt - 4),
    value: bytes.subarray(valueAt, recordEnd(bytes, start, keyLength)),
  };
}

/** Where the record at `start` ends. No value is longer than 1,024 bytes, so half of its length field says all. */
function recordEnd(bytes: Uint8Array, start: number, keyLength: number): number {
  const metadataAt = start + KEY_AT + keyLength + 2;
  const valueAt = metadataAt + u16(bytes, metadataAt - 2) + 4;
  return valueAt + u16(bytes, valueAt - 2);
}

function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x100 + bytes[at + 1]!;
}

function isAt(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key[i]) return false;
  return true;
}
