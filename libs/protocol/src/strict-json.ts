import { StrictJsonError } from './strict-json-error.js';
import { LONE_SURROGATE, parseExactJson } from './strict-json-parser.js';
import type { JsonValue } from './strict-json-value.js';

/** Limits that are checked before anything is built. */
export interface StrictJsonLimits {
  /** Levels of arrays and objects inside each other; a bare scalar has none. Default 16. */
  readonly maxDepth?: number;
  /** UTF-16 code units of the text. Default 4,194,304. */
  readonly maxLength?: number;
}

const DEFAULT_MAX_DEPTH = 16;
const DEFAULT_MAX_LENGTH = 4 * 1024 * 1024;

/**
 * Parses a JSON text (RFC 8259) that is I-JSON (RFC 7493) with integers only: two readers can never understand it
 * differently. Refused are duplicate member names at any depth, unpaired surrogates raw or escaped, fractions,
 * exponents, `-0`, integers beyond ±(2^53 - 1), too many levels and anything after the value.
 *
 * @throws StrictJsonError naming position and rule, never content
 */
export function parseStrictJson(text: string, limits: StrictJsonLimits = {}): JsonValue {
  const { maxDepth = DEFAULT_MAX_DEPTH, maxLength = DEFAULT_MAX_LENGTH } = limits;
  if (text.length > maxLength)
    throw new StrictJsonError('TOO_LONG', null, `longer than ${maxLength} characters`);
  return parseCompactJson(text, maxDepth) ?? parseExactJson(text, maxDepth);
}

/**
 * Decodes UTF-8 (RFC 3629) whole: malformed bytes and a byte order mark are refused, nothing is replaced or dropped.
 *
 * @throws StrictJsonError `NOT_UTF8` or `BYTE_ORDER_MARK`
 */
export function decodeUtf8(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new StrictJsonError('BYTE_ORDER_MARK', 0, 'a byte order mark');
  }
  try {
    return utf8.decode(bytes);
  } catch {
    throw new StrictJsonError('NOT_UTF8', null, 'the bytes are not UTF-8');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The value of a text that spends no character needlessly, as `JSON.stringify` writes it; undefined is no verdict but
 * sends the text to the exact parser (so does null, which the exact parser returns again).
 *
 * Why this proves strictness: JSON.parse checks the grammar. No text is shorter than the sum below: an escape is
 * longer than its character, and only numbers are let through whose shortest spelling is the plain integer. So a text
 * of exactly that length has no escape, no white space, no other spelling of a number and no member that JSON.parse
 * dropped because a later one has its name.
 */
export function parseCompactJson(text: string, maxDepth: number): JsonValue | undefined {
  if (LONE_SURROGATE.test(text)) return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    return shortestLength(value, maxDepth) === text.length ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Length of the shortest text of `value`, or NaN where depth or numbers leave it to the exact parser. */
function shortestLength(value: JsonValue, depthLeft: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value === 'number') return isShortestAsInteger(value) ? String(value).length : NaN;
  if (typeof value !== 'object' || value === null) return String(value).length;
  if (depthLeft <= 0) return NaN;
  let length = 1;
  if (Array.isArray(value)) {
    for (const item of value) length += shortestLength(item, depthLeft - 1) + 1;
  } else {
    for (const name in value)
      length += name.length + 4 + shortestLength(value[name] as JsonValue, depthLeft - 1);
  }
  return length === 1 ? 2 : length;
}

/** An exponent costs two characters, so it saves none unless it stands for at least two zeros at the end. */
function isShortestAsInteger(value: number): boolean {
  return Number.isSafeInteger(value) && (value % 100 !== 0 || value === 0);
}
