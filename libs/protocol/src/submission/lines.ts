import { merkleRoot } from '#libs/tlog';
import { toHex } from '../hex.js';
import { parseJsonBytes } from '../json-bytes.js';
import { LIMITS } from '../limits.js';
import { ProtocolError } from '../protocol-error.js';
import { readEntry, type Entry } from './entry.js';
import { LineTemplate } from './line-template.js';

const LF = 0x0a;
const CR = 0x0d;

/** The lines of a submission as sent: exact bytes before each LF, in order. */
export type Lines = readonly Uint8Array[];

/**
 * Splits the NDJSON bytes of a submission into lines. Every line ends in LF; there is no CR, no byte-order mark and no
 * empty line (docs/protocol-submission.md, "Lines"). The lines are views of `bytes`.
 *
 * @throws ProtocolError TOO_LARGE of the whole; else BAD_FRAMING or TOO_MANY_ENTRIES of the first line at fault.
 */
export function splitLines(bytes: Uint8Array): Lines {
  if (bytes.length > LIMITS.entriesBytes) {
    throw new ProtocolError({
      code: 'TOO_LARGE',
      field: 'entries',
      rule: `must be at most ${LIMITS.entriesBytes} bytes`,
    });
  }
  if (bytes.length === 0) throw framing('must hold at least one line');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    throw framing('must not begin with a byte-order mark', 0);
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(LF, start);
    // Each line is checked before the next is cut: 4 MiB of line feeds would be four million views.
    lines.push(checkLine(bytes, start, end, lines.length));
    start = end + 1;
  }
  return lines;
}

function checkLine(bytes: Uint8Array, start: number, end: number, number: number): Uint8Array {
  if (number === LIMITS.entries) {
    throw new ProtocolError({
      code: 'TOO_MANY_ENTRIES',
      field: 'entries',
      rule: `must be at most ${LIMITS.entries} lines; send the rest as another submission`,
    });
  }
  if (end < 0) throw framing('must end in LF', number);
  if (end === start) throw framing('must not hold an empty line', number);
  if (end - start > LIMITS.lineBytes)
    throw framing(`a line must be at most ${LIMITS.lineBytes} bytes`, number);
  const line = bytes.subarray(start, end);
  if (line.includes(CR)) throw framing('must not hold CR; lines end in LF alone', number);
  return line;
}

function framing(rule: string, line?: number): ProtocolError {
  return new ProtocolError({ code: 'BAD_FRAMING', field: 'entries', rule, line });
}

/** RFC 9162 root over the exact bytes of the lines, in order, hex: what the manifest signs. */
export function linesRoot(lines: Lines): string {
  return toHex(merkleRoot(lines));
}

/**
 * Parses one line of a submission.
 *
 * @throws ProtocolError naming field and rule, without the line's number.
 */
export function parseEntry(line: Uint8Array): Entry {
  return readEntry(parseJsonBytes(line, 'entry'));
}

/**
 * Parses every line of a submission, in order.
 *
 * @param numbers of the lines, when they are not all that the submission has
 * @throws ProtocolError of the first bad line, with its number.
 */
export function parseEntries(lines: Lines, numbers?: readonly number[]): Entry[] {
  // The last line of each length that the parser read: the next one of that length most likely looks the same.
  const templates = new Map<number, LineTemplate>();
  return lines.map((line, at) => {
    try {
      return templates.get(line.length)?.read(line) ?? parseAnother(line, templates);
    } catch (error) {
      throw error instanceof ProtocolError ? error.atLine(numbers?.[at] ?? at) : error;
    }
  });
}

function parseAnother(line: Uint8Array, templates: Map<number, LineTemplate>): Entry {
  const entry = parseEntry(line);
  const template = LineTemplate.of(line, entry);
  if (template !== null) templates.set(line.length, template);
  return entry;
}
