import { parseCompactJson } from './strict-json-compact.js';
import { StrictJsonError } from './strict-json-error.js';
import { parseExactJson } from './strict-json-parser.js';
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
