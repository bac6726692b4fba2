import { sha256 } from '#libs/tlog';
import { compareBytes, equalBytes } from './bytes.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { decodeMetadata } from './metadata-decoder.js';
import { PackError } from './pack-error.js';

/** Longest value that stands inside a record or a pack. */
export const MAX_INLINE_VALUE_BYTES = 1024;

/** Longest key: the length of a pack's keys is one byte. */
export const MAX_KEY_BYTES = 0xff;

const LENGTH_FIELDS = 2 + 2 + 4;

/** What one signal is in a published set. */
export interface SetRecord {
  /** The value's bytes for a fixed-length type, else SHA-256 of the canonical value. */
  readonly key: Uint8Array;
  /** Canonical metadata (docs/protocol-feed.md, "Metadata"). */
  readonly metadata: Uint8Array;
  /** The canonical value of a variable-length type; empty for a fixed-length one. */
  readonly value: Uint8Array;
}

/**
 * The bytes of records one after the other, each
 * `u16be keyLength | key | u16be metadataLength | metadata | u32be valueLength | value`: for the records of a bucket,
 * sorted by key, the leaf data of that bucket.
 *
 * Lengths are checked, content is taken as given: it was checked when it entered the set.
 *
 * @throws PackError `bad-record` when a field is too long, `unsorted` or `duplicate` when keys do not strictly ascend
 */
export function encodeRecords(records: readonly SetRecord[]): Uint8Array {
  let size = 0;
  for (const record of records) size += recordSize(record);
  const writer = new ByteWriter(size);
  let previous: SetRecord | undefined;
  for (const record of records) {
    if (previous !== undefined) requireAscending(previous.key, record.key);
    writeRecord(writer, record);
    previous = record;
  }
  return writer.bytes;
}

/**
 * The records in the leaf data of a bucket, as views.
 *
 * @throws PackError `bad-record`, `bad-metadata`, `key-mismatch` when a value does not hash to its key,
 *   `unsorted` or `duplicate` when keys do not strictly ascend
 */
export function decodeRecords(bytes: Uint8Array): SetRecord[] {
  const reader = new ByteReader(bytes, 'bad-record', 'record');
  const records: SetRecord[] = [];
  while (!reader.atEnd) {
    const record = readRecord(reader);
    const previous = records.at(-1);
    if (previous !== undefined) requireAscending(previous.key, record.key);
    records.push(record);
  }
  return records;
}

function recordSize({ key, metadata, value }: SetRecord): number {
  if (key.length === 0 || key.length > MAX_KEY_BYTES)
    throw new PackError('bad-record', 'record: bad key length');
  if (metadata.length > 0xffff)
    throw new PackError('bad-record', 'record: metadata is longer than 65,535 bytes');
  if (value.length > MAX_INLINE_VALUE_BYTES)
    throw new PackError('bad-record', 'record: value is above 1,024 bytes');
  return LENGTH_FIELDS + key.length + metadata.length + value.length;
}

function writeRecord(writer: ByteWriter, { key, metadata, value }: SetRecord): void {
  writer.u16(key.length);
  writer.put(key);
  writer.u16(metadata.length);
  writer.put(metadata);
  writer.u32(value.length);
  writer.put(value);
}

function readRecord(reader: ByteReader): SetRecord {
  const key = reader.take(reader.u16('the key length'), 'the key');
  const metadata = reader.take(reader.u16('the metadata length'), 'the metadata');
  const value = reader.take(reader.u32('the value length'), 'the value');
  recordSize({ key, metadata, value });
  decodeMetadata(metadata);
  if (value.length > 0) requireKeyOfValue(key, value);
  return { key, metadata, value };
}

function requireAscending(before: Uint8Array, after: Uint8Array): void {
  const order = compareBytes(before, after);
  if (order === 0) throw new PackError('duplicate', 'records: a key stands twice');
  if (order > 0) throw new PackError('unsorted', 'records: keys do not ascend');
}

/** @throws PackError `key-mismatch` unless `key` is the SHA-256 of `value` */
export function requireKeyOfValue(key: Uint8Array, value: Uint8Array): void {
  if (!equalBytes(key, sha256(value)))
    throw new PackError('key-mismatch', 'a key is not the SHA-256 of its value');
}
