import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadOrCreateSeed, loadOrCreateSigningKey, type SigningKey } from '#libs/keys';
import type { Config } from '#libs/platform';

/** The hub's secrets. Each has one purpose: a stolen one is worth as little as possible. */
export interface HubKeys {
  /** Seed of the checkpoint keys, one per log. */
  checkpointSeed: Uint8Array;
  /** Signs promises and pages. */
  promise: SigningKey;
  /** Signs access tokens. */
  token: SigningKey;
}

/**
 * Loads the hub's keys from `<data>/keys`, made at the first start.
 *
 * @throws KeysError when a file can be read by others or does not hold a key
 */
export async function loadOrCreateHubKeys({ dataDir }: Config): Promise<HubKeys> {
  const directory = join(dataDir, 'keys');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  await loadOrCreateSeed(join(directory, 'ticket.secret'));
  return {
    checkpointSeed: await loadOrCreateSeed(join(directory, 'checkpoint.seed')),
    promise: await loadOrCreateSigningKey(join(directory, 'promise.jwk')),
    token: await loadOrCreateSigningKey(join(directory, 'token.jwk')),
  };
}
