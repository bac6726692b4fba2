import { createHash, randomBytes } from 'node:crypto';
import { decodeBase64url, encodeBase64url } from '#libs/keys';

const BYTES = 32;
const FORM = /^[\w-]{43}$/;

/** A new identifier that opens something: 256 random bits as 43 characters of base64url. Only its digest may be stored. */
export function newSecret(): string {
  return encodeBase64url(randomBytes(BYTES));
}

/** SHA-256 of such an identifier's bytes, or null for what cannot be one. */
export function secretDigest(secret: string | undefined): Buffer | null {
  const bytes = readSecret(secret);
  return bytes === null ? null : createHash('sha256').update(bytes).digest();
}

/** The bytes of such an identifier, or null for what cannot be one. */
export function readSecret(secret: string | undefined): Uint8Array | null {
  return secret !== undefined && FORM.test(secret) ? decodeBase64url(secret) : null;
}
