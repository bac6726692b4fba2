import { decodeUtf8 } from '../strict-json.js';
import { toHex } from '../hex.js';
import type { Entry } from './entry.js';

const LOWER_HEX = /^[0-9a-f]+$/;
const BACKSLASH = '\\';

/**
 * A line that was parsed, as a pattern for lines that differ from it in the hex digits of their value and salt alone: most lines of a
 * submission do, and a pattern reads them several times faster than a parser.
 *
 * What it reads is what the parser would read. A line without a backslash has quotes only where texts begin and end, so the two places
 * found in it are the values of its members `value` and `salt`; and digits in place of digits inside two texts make of strict JSON other
 * strict JSON with the same members. The value itself goes to its type as always.
 */
export class LineTemplate {
  private constructor(
    private readonly entry: Entry,
    private readonly length: number,
    private readonly parts: readonly [before: string, between: string, after: string],
    private readonly first: Place,
    private readonly second: Place,
  ) {}

  /** The pattern of a line that was parsed to `entry`, or null when it can be none, as when the value is not the key's hex. */
  static of(line: Uint8Array, entry: Entry): LineTemplate | null {
    const text = decodeUtf8(line);
    const value = placeOf(text, 'value', toHex(entry.key));
    const salt = placeOf(text, 'salt', entry.salt);
    if (value === null || salt === null || text.includes(BACKSLASH)) return null;
    const [first, second] = value.start < salt.start ? [value, salt] : [salt, value];
    const parts = [
      text.slice(0, first.start),
      text.slice(first.end, second.start),
      text.slice(second.end),
    ] as const;
    return new LineTemplate(entry, text.length, parts, first, second);
  }

  /** The entry that a line says, or null when the line is not of this pattern: then the parser has the word, and finds what is wrong. */
  read(line: Uint8Array): Entry | null {
    if (line.length !== this.length) return null;
    const text = textOf(line);
    if (text === null || !this.matches(text)) return null;
    const [one, other] = [
      text.slice(this.first.start, this.first.end),
      text.slice(this.second.start, this.second.end),
    ];
    if (!LOWER_HEX.test(one) || !LOWER_HEX.test(other)) return null;
    return this.first.name === 'value' ? this.withTexts(one, other) : this.withTexts(other, one);
  }

  private matches(text: string): boolean {
    const [before, between, after] = this.parts;
    return (
      text.length === this.length &&
      text.startsWith(before) &&
      text.startsWith(between, this.first.end) &&
      text.startsWith(after, this.second.end)
    );
  }

  private withTexts(value: string, salt: string): Entry | null {
    const { entry } = this;
    const { type } = entry;
    const parsed = type.parse(value);
    if (!parsed.ok) return null;
    const { key } = parsed;
    // Spelt out, as in readEntry.
    if (entry.op === 'retract') return { op: entry.op, type, key, salt, reason: entry.reason };
    const { op, labels, quality, expires, legalBasis, media } = entry;
    return { op, type, key, salt, labels, quality, expires, legalBasis, media };
  }
}

/** Where the text of a member stands in a line, without its quotes. */
interface Place {
  readonly name: 'value' | 'salt';
  readonly start: number;
  readonly end: number;
}

function placeOf(text: string, name: Place['name'], digits: string): Place | null {
  const opening = `"${name}":"`;
  const at = text.indexOf(`${opening}${digits}"`);
  if (at < 0) return null;
  const start = at + opening.length;
  return { name, start, end: start + digits.length };
}

function textOf(line: Uint8Array): string | null {
  try {
    return decodeUtf8(line);
  } catch {
    return null;
  }
}
