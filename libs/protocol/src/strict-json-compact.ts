import { LONE_SURROGATE } from './strict-json-parser.js';
import type { JsonValue } from './strict-json-value.js';

/**
 * The value of a text that spends no character needlessly, as `JSON.stringify` writes it. Undefined is no verdict: the
 * text is for the exact parser. (So is `null`, which then gives null again.)
 *
 * JSON.parse checks the grammar, but keeps the last of two members with one name and rounds numbers without a word.
 * Why the length proves that it did neither: no text of a value is shorter than the sum below, since an escape is longer
 * than its character and only numbers are let through whose shortest spelling is the plain integer. So a text of exactly
 * that length has no escape, no white space, no other spelling of a number and no member that was dropped.
 */
export function parseCompactJson(text: string, maxDepth: number): JsonValue | undefined {
  // These decide nothing but spare texts that cannot pass the cost of trying.
  if (text.includes('": ') || text.includes('\\')) return undefined;
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
    for (const name in value) {
      length += name.length + 4 + shortestLength(value[name] as JsonValue, depthLeft - 1);
    }
  }
  return length === 1 ? 2 : length;
}

/** An exponent costs two characters, so it saves none unless it stands for at least two zeros at the end. */
function isShortestAsInteger(value: number): boolean {
  return Number.isSafeInteger(value) && (value % 100 !== 0 || value === 0);
}
