import type { Change } from '#libs/protocol';

const NOTHING = new Uint8Array(0);

/** A record in the leaf data of a bucket: where it begins, where its value begins, and where it ends. */
interface Place {
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

/**
 * The leaf data of a bucket (docs/protocol-feed.md, "Set root") after changes in canonical form. What stays is copied and never
 * decoded.
 *
 * @throws Error when a change does not fit: an added key is there, an updated or removed one is not
 */
export function changeBucket(data: Uint8Array, changes: readonly Change[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const change of changes) {
    const place = find(data, at, change.key);
    const present = place.end > place.start;
    if (present === (change.op === 'add'))
      throw new Error('set: a change does not fit the records of its bucket');
    pieces.push(data.subarray(at, place.start));
    if (change.op === 'add') pieces.push(record(change.key, change.metadata, change.value));
    if (change.op === 'update') {
      pieces.push(record(change.key, change.metadata, data.subarray(place.value, place.end)));
    }
    at = place.end;
  }
  pieces.push(data.subarray(at));
  return joined(pieces);
}

/** The record with that key, or the empty place where it would stand. */
function find(data: Uint8Array, from: number, key: Uint8Array): Place {
  let start = from;
  while (start < data.length) {
    const metadata = start + 2 + u16(data, start);
    const value = metadata + 2 + u16(data, metadata);
    const end = value + 4 + u16(data, value) * 0x10000 + u16(data, value + 2);
    const order = Buffer.compare(data.subarray(start + 2, metadata), key);
    if (order === 0) return { start, value: value + 4, end };
    if (order > 0) break;
    start = end;
  }
  return { start, value: start, end: start };
}

function u16(data: Uint8Array, at: number): number {
  return data[at]! * 0x100 + data[at + 1]!;
}

function record(key: Uint8Array, metadata: Uint8Array, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + key.length + 2 + metadata.length + 4 + value.length);
  let at = put(bytes, 0, key.length, 2, key);
  at = put(bytes, at, metadata.length, 2, metadata);
  put(bytes, at, value.length, 4, value);
  return bytes;
}

/** Writes a field behind its length of `width` bytes; returns where it ends. */
function put(bytes: Uint8Array, at: number, length: number, width: number, field: Uint8Array): number {
  bytes[at + width - 1] = length;
  bytes[at + width - 2] = length >>> 8;
  bytes.set(field, at + width);
  return at + width + field.length;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length === 0) return NOTHING;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
