import type { Change } from '#libs/protocol';

/** A record in the leaf data of a bucket: where it begins, where its value begins with its length, and where it ends. */
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
  const places = placesOf(data, changes);
  const bytes = new Uint8Array(lengthAfter(data, changes, places));
  let from = 0;
  let at = 0;
  for (let i = 0; i < changes.length; i++) {
    const place = places[i]!;
    at = copy(bytes, at, data, from, place.start);
    at = putRecord(bytes, at, changes[i]!, data, place);
    from = place.end;
  }
  copy(bytes, at, data, from, data.length);
  return bytes;
}

function placesOf(data: Uint8Array, changes: readonly Change[]): Place[] {
  let from = 0;
  return changes.map(({ op, key }) => {
    const place = find(data, from, key);
    const present = place.end > place.start;
    if (present === (op === 'add')) throw new Error('set: a change does not fit the records of its bucket');
    from = place.end;
    return place;
  });
}

/** The record with that key, or the empty place where it would stand. */
function find(data: Uint8Array, from: number, key: Uint8Array): Place {
  let start = from;
  while (start < data.length) {
    const metadata = start + 2 + u16(data, start);
    const value = metadata + 2 + u16(data, metadata);
    const end = value + 4 + u16(data, value) * 0x10000 + u16(data, value + 2);
    const order = compareKey(data, start + 2, metadata, key);
    if (order === 0) return { start, value, end };
    if (order > 0) break;
    start = end;
  }
  return { start, value: start, end: start };
}

/** Order of the key in `data[start:end]` and another, bytewise; no view is made, since most keys differ in their first bytes. */
function compareKey(data: Uint8Array, start: number, end: number, key: Uint8Array): number {
  const length = end - start;
  const shared = Math.min(length, key.length);
  for (let i = 0; i < shared; i++) {
    const difference = data[start + i]! - key[i]!;
    if (difference !== 0) return difference;
  }
  return length - key.length;
}

function u16(data: Uint8Array, at: number): number {
  return data[at]! * 0x100 + data[at + 1]!;
}

function lengthAfter(data: Uint8Array, changes: readonly Change[], places: readonly Place[]): number {
  let length = data.length;
  for (let i = 0; i < changes.length; i++) {
    const change = changes[i]!;
    const { start, value, end } = places[i]!;
    length -= end - start;
    if (change.op === 'add') length += 8 + change.key.length + change.metadata.length + change.value.length;
    if (change.op === 'update') length += 4 + change.key.length + change.metadata.length + (end - value);
  }
  return length;
}

/** Writes what a change leaves of a record; returns where it ends. */
function putRecord(bytes: Uint8Array, start: number, change: Change, data: Uint8Array, place: Place): number {
  if (change.op === 'remove') return start;
  const metadata = putField(bytes, start, 2, change.key);
  const value = putField(bytes, metadata, 2, change.metadata);
  if (change.op === 'add') return putField(bytes, value, 4, change.value);
  return copy(bytes, value, data, place.value, place.end);
}

/** Writes a field behind its length of `width` bytes; returns where it ends. */
function putField(bytes: Uint8Array, at: number, width: number, field: Uint8Array): number {
  bytes[at + width - 1] = field.length;
  bytes[at + width - 2] = field.length >>> 8;
  return copy(bytes, at + width, field, 0, field.length);
}

/** Below so many bytes a view costs more than the loop; and a view of a small array takes it off the heap. */
const SMALL_BYTES = 96;

/** Copies `source[start:end]` to `at`; returns where it ends. */
function copy(bytes: Uint8Array, at: number, source: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length > SMALL_BYTES) bytes.set(source.subarray(start, end), at);
  else for (let i = 0; i < length; i++) bytes[at + i] = source[start + i]!;
  return at + length;
}
