import { TlogError } from './tlog-error.js';

const utf8 = new TextEncoder();

// U+0020 is the first character that is not a control character; lone surrogates have no UTF-8.
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f\p{Cs}]/u;

/** `text` as UTF-8. */
export function utf8Bytes(text: string): Uint8Array {
  return utf8.encode(text);
}

/**
 * The text of a note or of a file that holds one: valid UTF-8 without control characters but newline
 * (c2sp.org/signed-note, "Format"), at most `maxBytes` long.
 * @throws TlogError `too_large`, `malformed`
 */
export function requireText(input: string | Uint8Array, field: string, maxBytes: number): string {
  if (input.length > maxBytes) tooLarge(field, maxBytes);
  const text = typeof input === 'string' ? input : decodeUtf8(input, field);
  if (FORBIDDEN.test(text)) {
    throw new TlogError('malformed', `${field}: must hold no control character but newline`);
  }
  if (utf8Bytes(text).length > maxBytes) tooLarge(field, maxBytes);
  return text;
}

/** `line` if it is one line that is not empty and that a note may hold. */
export function requireLine(line: string, field: string): string {
  if (line === '' || line.includes('\n') || FORBIDDEN.test(line)) {
    throw new TlogError(
      'malformed',
      `${field}: must be one line that is not empty, without control characters`,
    );
  }
  return line;
}

/** `bytes` as text, refusing what is not UTF-8; a byte order mark stays, as a character like any other. */
export function decodeUtf8(bytes: Uint8Array, field: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TlogError('malformed', `${field}: must be UTF-8`);
  }
}

function tooLarge(field: string, maxBytes: number): never {
  throw new TlogError('too_large', `${field}: must be ${maxBytes} bytes at most`);
}
