import { bucketCount } from './bucket-count.js';
import { ByteReader } from './byte-reader.js';
import {
  ASSURANCES,
  GREATEST_KNOWN_TAG,
  MAX_NAMED_AUTHORS,
  MAX_QUALITY,
  STATUSES,
  type LabelCount,
  type Metadata,
  type UnknownField,
} from './metadata.js';
import { readVarint } from './varint.js';

/** Longest metadata: its length is a uint16 in records and packs. */
export const MAX_METADATA_BYTES = 0xffff;

interface Draft extends Partial<Metadata> {
  labels: LabelCount[];
  authors: number[];
  unknown: UnknownField[];
}

/**
 * Reads the metadata of a record. Only the one canonical encoding is accepted, so that encoding the answer gives the
 * same bytes again. Payloads of unknown fields are views of `bytes`.
 *
 * @throws PackError `bad-metadata` naming the field and the rule
 */
export function decodeMetadata(bytes: Uint8Array): Metadata {
  const reader = new ByteReader(bytes, 'bad-metadata', 'metadata');
  if (bytes.length > MAX_METADATA_BYTES) reader.fail('is longer than 65,535 bytes');
  const draft: Draft = { labels: [], authors: [], unknown: [] };
  let lastTag = 0;
  while (!reader.atEnd) {
    const tag = readVarint(reader, 'a tag');
    if (tag <= lastTag) reader.fail('tags do not strictly ascend');
    const payload = reader.take(readVarint(reader, 'a length'), 'a field');
    readField(tag, payload, draft);
    lastTag = tag;
  }
  return isComplete(draft) ? draft : reader.fail('status, assurance or supporters is missing');
}

function isComplete(draft: Draft): draft is Draft & Metadata {
  return draft.status !== undefined && draft.assurance !== undefined && draft.supporters !== undefined;
}

function readField(tag: number, payload: Uint8Array, draft: Draft): void {
  if (tag > GREATEST_KNOWN_TAG) {
    draft.unknown.push({ tag, payload });
    return;
  }
  const { subject, read } = FIELDS[tag - 1]!;
  const reader = new ByteReader(payload, 'bad-metadata', subject);
  read(reader, draft);
  if (!reader.atEnd) reader.fail('bytes after the field');
}

const FIELDS: readonly { subject: string; read: (reader: ByteReader, draft: Draft) => void }[] = [
  { subject: 'metadata status', read: (reader, draft) => (draft.status = readCode(reader, STATUSES)) },
  {
    subject: 'metadata assurance',
    read: (reader, draft) => (draft.assurance = readCode(reader, ASSURANCES)),
  },
  { subject: 'metadata supporters', read: (reader, draft) => (draft.supporters = readBucketedCount(reader)) },
  { subject: 'metadata labels', read: readLabels },
  { subject: 'metadata expiry', read: (reader, draft) => (draft.expiryDay = readVarint(reader, 'the day')) },
  { subject: 'metadata quality', read: readQuality },
  { subject: 'metadata authors', read: readAuthors },
];

function readCode<T>(reader: ByteReader, meanings: readonly T[]): T {
  return meanings[reader.u8('the code')] ?? reader.fail('has no such code');
}

function readBucketedCount(reader: ByteReader): number {
  const count = readVarint(reader, 'a count');
  if (count === 0) reader.fail('a count is 0: what nobody says is left out');
  if (bucketCount(count) !== count) reader.fail('a count above 3 is no power of two');
  return count;
}

function readLabels(reader: ByteReader, draft: Draft): void {
  readAscendingCodes(reader, (code) => draft.labels.push({ code, count: readBucketedCount(reader) }));
}

function readAuthors(reader: ByteReader, draft: Draft): void {
  readAscendingCodes(reader, (code) => draft.authors.push(code));
  if (draft.authors.length > MAX_NAMED_AUTHORS) reader.fail('more than 8');
}

/** An empty list is written by leaving its field out, so a field that is there holds at least one code. */
function readAscendingCodes(reader: ByteReader, take: (code: number) => void): void {
  let last = -1;
  do {
    const code = readVarint(reader, 'a code');
    if (code <= last) reader.fail('codes do not strictly ascend');
    take(code);
    last = code;
  } while (!reader.atEnd);
}

function readQuality(reader: ByteReader, draft: Draft): void {
  draft.quality = reader.u8('the quality');
  if (draft.quality > MAX_QUALITY) reader.fail('is above 100');
}
