import { join } from 'node:path';
import { loadSeed, loadSigningKey, type SigningKey } from '#libs/keys';

/** Secrets of the hub that this process needs. Checkpoints are signed elsewhere. */
export interface HubKeys {
  /** Signs promises and pages. */
  readonly promise: SigningKey;
  /** Signs access tokens. */
  readonly token: SigningKey;
  /** 32 bytes behind channel tickets and cursors. */
  readonly tickets: Uint8Array;
}

/** Injection token of `HubKeys`. */
export const HUB_KEYS = Symbol('HubKeys');

/**
 * Loads the keys that the hub's preparation made.
 *
 * @throws KeysError when one is missing, damaged or open to others
 */
export async function loadHubKeys(dataDir: string): Promise<HubKeys> {
  const file = (name: string): string => join(dataDir, 'keys', name);
  const [promise, token, tickets] = await Promise.all([
    loadSigningKey(file('promise.jwk')),
    loadSigningKey(file('token.jwk')),
    loadSeed(file('ticket.secret')),
  ]);
  return { promise, token, tickets };
}
