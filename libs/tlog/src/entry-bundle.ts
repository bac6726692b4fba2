import { concatBytes } from './bytes.js';
import { requireWidth, TILE_WIDTH } from './tile-coordinates.js';
import { TlogError } from './tlog-error.js';

/** Bytes of the largest entry that a bundle can hold: its length is a 16-bit integer. */
export const MAX_ENTRY_BYTES = 65_535;

/**
 * One bundle: each entry behind its length as two big-endian bytes (c2sp.org/tlog-tiles, "Log entries").
 * @throws TlogError `too_large` for an entry over 65,535 bytes, `out_of_range` for no entry or more than 256
 */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length < 1 || entries.length > TILE_WIDTH) {
    throw new TlogError('out_of_range', 'entry bundle: must have from 1 to 256 entries');
  }
  return concatBytes(entries.flatMap((entry) => [lengthPrefix(entry.length), entry]));
}

function lengthPrefix(length: number): Uint8Array {
  if (length > MAX_ENTRY_BYTES) throw new TlogError('too_large', 'entry: must be 65,535 bytes at most');
  return Uint8Array.of(Math.floor(length / 256), length % 256);
}

/**
 * The entries of a bundle, as views on `bytes` (c2sp.org/tlog-tiles, "Log entries"). They prove nothing until
 * their leaf hashes lead to a verified root.
 * @param width how many there must be: 1 to 256, as the path says
 * @throws TlogError `out_of_range` for another width, `malformed` when the bytes do not hold exactly `width`
 * entries and nothing else
 */
export function decodeEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  requireWidth(width);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length && entries.length < width) {
    const start = at + 2;
    at = start + bytes[at]! * 256 + (bytes[at + 1] ?? 0);
    if (at > bytes.length) throw new TlogError('malformed', 'entry bundle: ends inside an entry');
    entries.push(new Uint8Array(bytes.buffer, bytes.byteOffset + start, at - start));
  }
  if (at !== bytes.length || entries.length !== width) {
    throw new TlogError('malformed', 'entry bundle: must hold exactly as many entries as its width says');
  }
  return entries;
}
