import { KEY_AT, recordAt, type RecordView, type SetReader } from './set-reader.js';

/** Records of a part, at most: their numbers must fit beside 32 bits of the key into the 53 bits of a number. */
const PART_RECORDS = 2 ** 21;
/** Bytes of records that are sorted in memory at one time. */
const PART_BYTES = 64 * 1024 * 1024;
const PREFIXES = 65_536;

/** A range of two-byte prefixes of keys, and what its records come to. */
interface Part {
  readonly from: number;
  /** Not included. */
  to: number;
  bytes: number;
  records: number;
}

/**
 * All records of a type in ascending order of key. The store orders them by bucket, so they are sorted part by part, each
 * part being all records whose keys begin within a range: memory stays bounded however many there are.
 *
 * @param partBytes  bytes of records to sort at one time; more only where one two-byte prefix has more
 */
export function* sortedRecords(
  reader: SetReader,
  partBytes = PART_BYTES,
): Generator<RecordView, void, undefined> {
  for (const part of partsOf(reader, partBytes)) yield* sortPart(reader, part);
}

function partsOf(reader: SetReader, partBytes: number): Part[] {
  const bytes = new Float64Array(PREFIXES);
  const records = new Float64Array(PREFIXES);
  reader.scan((bucket, start, end) => {
    const prefix = u16(bucket, start + KEY_AT);
    bytes[prefix]! += end - start;
    records[prefix]! += 1;
  });
  const parts: Part[] = [];
  for (let prefix = 0; prefix < PREFIXES; prefix++) {
    if (records[prefix] === 0) continue;
    let part = parts.at(-1);
    const full =
      part && (part.bytes + bytes[prefix]! > partBytes || part.records + records[prefix]! > PART_RECORDS);
    if (part === undefined || full) {
      part = { from: prefix, to: prefix, bytes: 0, records: 0 };
      parts.push(part);
    }
    part.to = prefix + 1;
    part.bytes += bytes[prefix]!;
    part.records += records[prefix]!;
  }
  return parts;
}

function* sortPart(reader: SetReader, part: Part): Generator<RecordView, void, undefined> {
  const { keyLength } = reader.state;
  const buffer = new Uint8Array(part.bytes);
  const starts = new Float64Array(part.records);
  const order = new Float64Array(part.records);
  let filled = 0;
  let count = 0;
  reader.scan((bucket, start, end) => {
    const prefix = u16(bucket, start + KEY_AT);
    if (prefix < part.from || prefix >= part.to) return;
    starts[count] = filled;
    order[count] = (prefix * 0x10000 + u16(bucket, start + KEY_AT + 2)) * PART_RECORDS + count;
    buffer.set(bucket.subarray(start, end), filled);
    filled += end - start;
    count++;
  });
  // Numbers sort natively and fast; what shares its first 32 bits is put right afterwards.
  order.sort();
  const viewOf = (position: number) => recordAt(buffer, starts[order[position]! % PART_RECORDS]!, keyLength);
  for (let at = 0; at < count;) {
    const run = [viewOf(at)];
    while (at + run.length < count && sameLeading(order, at, at + run.length))
      run.push(viewOf(at + run.length));
    at += run.length;
    yield* run.length === 1 ? run : run.sort((a, b) => Buffer.compare(a.key, b.key));
  }
}

function sameLeading(order: Float64Array, a: number, b: number): boolean {
  return Math.floor(order[a]! / PART_RECORDS) === Math.floor(order[b]! / PART_RECORDS);
}

/** Two bytes of a key; every key is longer than four. */
function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x100 + bytes[at + 1]!;
}
