import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/** SHA-256 of `data` (32 bytes), FIPS 180-4, without Node: for the console, which verifies proofs itself. */
export function sha256(data: Uint8Array): Uint8Array {
  return nobleSha256(data);
}
