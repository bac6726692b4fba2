import { hash } from 'node:crypto';
import type { PublicKeyRecord } from './public-key.js';

const LABEL = 'cairn/key-fingerprint/v1\n';
const GROUPS = 12;
const GROUP_BYTES = 5;
const GROUP_RANGE = 100_000n;

/**
 * A key as 12 groups of 5 decimal digits, to be read aloud in any language (docs/protocol-keys.md §5). 60 digits are 199 bits: nobody finds
 * another key with the same ones.
 */
export function keyFingerprint(key: PublicKeyRecord): string {
  const digest = hash('sha512', LABEL + key.jwk, 'hex');
  const groups = Array.from({ length: GROUPS }, (_, i) => {
    const bytes = digest.slice(i * 2 * GROUP_BYTES, (i + 1) * 2 * GROUP_BYTES);
    return (BigInt(`0x${bytes}`) % GROUP_RANGE).toString().padStart(5, '0');
  });
  return groups.join(' ');
}

/** Whether a text that a person wrote down is the fingerprint of a key; spaces and hyphens do not count. */
export function isFingerprintOf(text: string, key: PublicKeyRecord): boolean {
  return text.replace(/[\s-]/g, '') === keyFingerprint(key).replaceAll(' ', '');
}
