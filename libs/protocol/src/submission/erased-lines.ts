import { leafHash, rootOfLeafHashes } from '#libs/tlog';
import { toHex } from '../hex.js';
import type { Entry } from './entry.js';
import { parseEntries, splitLines } from './lines.js';

/** What is left of a line whose bytes are erased: a leaf of the entry root, which the author signed. */
export interface ErasedLineHash {
  /** Zero-based line in its submission. */
  line: number;
  /** RFC 9162 leaf hash of the line. */
  hash: Uint8Array;
}

/** The lines of a submission by their numbers; null where a line is erased. */
export type KeptLines = readonly (Uint8Array | null)[];

/**
 * Puts the lines that are left in their places among erased ones.
 *
 * @param bytes each line with its LF; empty when none is left
 * @param erased by ascending line
 * @param count lines of the submission
 * @returns null when there are fewer or more than `count`
 * @throws ProtocolError as `splitLines`
 */
export function joinErasedLines(
  bytes: Uint8Array,
  erased: readonly Pick<ErasedLineHash, 'line'>[],
  count: number,
): KeptLines | null {
  const isGone = new Set(erased.map(({ line }) => line));
  const left = bytes.length === 0 && isGone.size > 0 ? [] : splitLines(bytes);
  if (left.length + isGone.size !== count) return null;
  let next = 0;
  const lines = Array.from({ length: count }, (_, line) => (isGone.has(line) ? null : left[next++]));
  // A number beyond the last line stands for none.
  return next === left.length ? (lines as KeptLines) : null;
}

/** RFC 9162 root over all lines, hex: of an erased one its leaf hash is enough. */
export function rootOfLines(lines: KeptLines, erased: readonly ErasedLineHash[]): string {
  return toHex(rootOfLeafHashes(lineLeafHashes(lines, erased)));
}

/** Leaf hashes of all lines in order. */
export function lineLeafHashes(lines: KeptLines, erased: readonly ErasedLineHash[]): Uint8Array[] {
  const hashes = new Map(erased.map(({ line, hash }) => [line, hash]));
  return lines.map((line, number) => (line === null ? hashes.get(number)! : leafHash(line)));
}

/**
 * Parses every line that is left.
 *
 * @throws ProtocolError of the first bad line, with its number.
 */
export function parseLines(lines: KeptLines): (Entry | null)[] {
  const numbers = [...lines.keys()].filter((number) => lines[number] !== null);
  const entries: (Entry | null)[] = lines.map(() => null);
  const left = numbers.map((number) => lines[number]!);
  parseEntries(left, numbers).forEach((entry, at) => (entries[numbers[at]!] = entry));
  return entries;
}
