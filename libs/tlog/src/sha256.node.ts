import { hash } from 'node:crypto';

/**
 * SHA-256 of `data` (32 bytes), FIPS 180-4. Node's one-shot hash with a latin1 result is measurably faster
 * than one that returns a Buffer; the result is a plain array of its own, so that keeping one digest keeps no
 * allocation pool alive.
 */
export function sha256(data: Uint8Array): Uint8Array {
  const latin1 = hash('sha256', data, 'binary');
  const digest = new Uint8Array(32);
  for (let i = 0; i < 32; i++) digest[i] = latin1.charCodeAt(i);
  return digest;
}
