import { sha256 } from '#libs/tlog';
import { toHex } from './hex.js';

/** The channel in which every member tries its machines; its name is reserved. */
export const SANDBOX = 'sandbox';

/** What a member shows in a conformance run, in this order (docs/protocol-conformance.md). */
export const CONFORMANCE_STEPS = ['submit', 'pull', 'tombstone', 'reset'] as const;

/** One thing that a member shows. */
export type ConformanceStep = (typeof CONFORMANCE_STEPS)[number];

/** The signal type that a run is about. */
export const CONFORMANCE_TYPE = 'sha256';

/** Most keys that an answer is over. */
export const CONFORMANCE_WINDOW = 1000;

const PREFIX = new TextEncoder().encode('cairn-conformance/1\n');

/**
 * What a copy answers to a question of a conformance run: a digest over the first keys that it holds from a given one on, with a salt
 * that the hub gives for this question alone. Only who holds those keys, and no others between them, can give it
 * (docs/protocol-conformance.md, "Answer").
 *
 * @param salt 32 bytes
 * @param keys at most `CONFORMANCE_WINDOW`, ascending
 * @returns 64 lower-case hex digits
 */
export function conformanceAnswer(salt: Uint8Array, keys: readonly Uint8Array[]): string {
  const length = keys.reduce((sum, key) => sum + key.length, PREFIX.length + salt.length);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of [PREFIX, salt, ...keys]) {
    bytes.set(part, at);
    at += part.length;
  }
  return toHex(sha256(bytes));
}
