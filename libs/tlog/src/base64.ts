import { TlogError } from './tlog-error.js';

/** Standard base64 with padding, RFC 4648 §4. */
export function encodeBase64(bytes: Uint8Array): string {
  let latin1 = '';
  for (const byte of bytes) latin1 += String.fromCharCode(byte);
  return btoa(latin1);
}

/**
 * The bytes of standard base64 with padding, RFC 4648 §4. Only the one spelling that `encodeBase64` writes is
 * accepted: white space, missing padding or stray bits under it would give one signature several texts.
 */
export function decodeBase64(text: string, field: string): Uint8Array {
  const bytes = decodeForgiving(text);
  if (bytes === undefined || encodeBase64(bytes) !== text) {
    throw new TlogError('malformed', `${field}: must be canonical standard base64 with padding`);
  }
  return bytes;
}

function decodeForgiving(text: string): Uint8Array | undefined {
  let latin1: string;
  try {
    latin1 = atob(text);
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(latin1.length);
  for (let i = 0; i < latin1.length; i++) bytes[i] = latin1.charCodeAt(i);
  return bytes;
}
