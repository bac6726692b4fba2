import { gatePublicKey, type KeyGateResult } from './key-gate.js';
import type { PublicKeyRecord } from './public-key.js';

/** Keys remembered: more than the clients that speak to one process in the life of their keys. */
const MOST_KEYS = 1024;

const passed = new Map<string, PublicKeyRecord>();

/**
 * Gates a key like `gatePublicKey`, but a key that has passed is not held against the curve again: that takes milliseconds, and a
 * client shows its key with every request. Refusals are not remembered.
 */
export function gateOnce(jwk: object): KeyGateResult {
  const text = JSON.stringify(jwk);
  const known = passed.get(text);
  if (known !== undefined) return { ok: true, key: known };
  const gated = gatePublicKey(jwk);
  if (!gated.ok) return gated;
  if (passed.size === MOST_KEYS) passed.delete(passed.keys().next().value!);
  passed.set(text, gated.key);
  return gated;
}
