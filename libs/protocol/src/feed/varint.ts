import { ByteReader } from './byte-reader.js';
import { PackError } from './pack-error.js';

/** 53 bits are seven groups of seven bits and one of four. */
const LAST_GROUP = 7;
const MOST_IN_LAST_GROUP = 0x0f;

/**
 * Unsigned LEB128 of `n`, at its least length (1 to 8 bytes).
 *
 * @throws PackError `bad-varint` unless 0 ≤ n ≤ 2^53 - 1
 */
export function encodeVarint(n: number): Uint8Array {
  const bytes: number[] = [];
  pushVarint(bytes, n);
  return Uint8Array.from(bytes);
}

/** Appends the varint of `n`; see {@link encodeVarint}. */
export function pushVarint(bytes: number[], n: number): void {
  if (!Number.isSafeInteger(n) || n < 0)
    throw new PackError('bad-varint', 'varint: not an integer of 0 to 2^53 - 1');
  let rest = n;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

/**
 * The number that `bytes` encode, and nothing else.
 *
 * @throws PackError `bad-varint` when cut short, longer than needed, above 2^53 - 1 or followed by anything
 */
export function decodeVarint(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes, 'bad-varint', 'varint');
  const n = readVarint(reader, 'the number');
  if (!reader.atEnd) reader.fail('bytes after the number');
  return n;
}

/** Reads one varint; refuses through the reader's own code. */
export function readVarint(reader: ByteReader, field: string): number {
  let value = 0;
  let scale = 1;
  for (let group = 0; ; group++) {
    const byte = reader.u8(field);
    if (group === LAST_GROUP && byte > MOST_IN_LAST_GROUP) reader.fail(`${field} is above 2^53 - 1`);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (byte === 0 && group > 0) reader.fail(`${field} is longer than needed`);
      return value;
    }
    scale *= 0x80;
  }
}
