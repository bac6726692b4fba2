import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { decodeBase64url, encodeBase64url } from '#libs/keys';
import { deriveSecret } from './derived-secret.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MOST_CHARACTERS = 1024;

/** Whose cursor, and into which list: a cursor is good for nothing else. */
export interface CursorScope {
  readonly member: string;
  /** Name of the list with whatever else the reader holds fixed. */
  readonly list: string;
}

/**
 * Cursors that nobody can read, alter, or use for another member or another list (AES-256-GCM; NIST SP 800-38D). Every list of every
 * member has a key of its own, so random nonces cannot run out.
 */
export class SealedCursors {
  /** @param secret 32 random bytes that all processes of the hub share */
  constructor(private readonly secret: Uint8Array) {}

  seal(scope: CursorScope, position: readonly (string | number | null)[]): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key(scope), nonce);
    const sealed = Buffer.concat([nonce, cipher.update(JSON.stringify(position), 'utf8'), cipher.final()]);
    return encodeBase64url(Buffer.concat([sealed, cipher.getAuthTag()]));
  }

  /** The position that was sealed, or null for anything else. */
  open(scope: CursorScope, cursor: string): (string | number | null)[] | null {
    const bytes = cursor.length <= MOST_CHARACTERS ? decodeBase64url(cursor) : null;
    if (bytes === null || bytes.length < NONCE_BYTES + TAG_BYTES) return null;
    const end = bytes.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, this.key(scope), bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(end));
    try {
      const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()]);
      return JSON.parse(text.toString('utf8')) as (string | number | null)[];
    } catch {
      return null;
    }
  }

  private key({ member, list }: CursorScope): Buffer {
    return deriveSecret(this.secret, `cairn/cursor/v1\n${member}\n${list}`);
  }
}
