import { hkdfSync } from 'node:crypto';

/**
 * A secret of 32 bytes for one purpose, from the hub's one secret for tickets and cursors: HKDF-SHA256 (RFC 5869) without salt. No two
 * purposes share a key, so that nothing made for one can be taken for another.
 */
export function deriveSecret(secret: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
}
