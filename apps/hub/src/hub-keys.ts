import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { KeysError, loadOrCreateSeed, loadOrCreateSigningKey, loadSeed, loadSigningKey } from '#libs/keys';
import { FileSignerRecord, signerRecordPath } from '#libs/ledger';
import type { Config } from '#libs/platform';

/** The hub's secrets, a file each. Each has one purpose: a stolen one is worth as little as possible. */
export interface KeyFiles {
  /** Seed of the checkpoint keys, one per log. */
  readonly checkpoint: string;
  /** Signs promises and pages. */
  readonly promise: string;
  /** Signs access tokens. */
  readonly token: string;
  /** Behind channel tickets and cursors. Nothing that lasts depends on it. */
  readonly ticket: string;
}

/** What the database knows of the hub's keys. */
export interface PublicHubKeys {
  /** Canonical JWKs. */
  readonly promise: string;
  readonly token: string;
}

/** Where the keys are: `<data>/keys`. */
export function keyFiles({ dataDir }: Config): KeyFiles {
  const file = (name: string): string => join(dataDir, 'keys', name);
  return {
    checkpoint: file('checkpoint.seed'),
    promise: file('promise.jwk'),
    token: file('token.jwk'),
    ticket: file('ticket.secret'),
  };
}

/**
 * Makes the keys of a hub that is being founded, and its signer's record unless the signer is another's; those that are there already stay.
 *
 * @throws KeysError when a file can be read by others or does not hold a key
 */
export async function createHubKeys(config: Config): Promise<PublicHubKeys> {
  mkdirSync(join(config.dataDir, 'keys'), { recursive: true, mode: 0o700 });
  const files = keyFiles(config);
  if (config.signerUrl === undefined) await createSigner(config);
  const promise = await loadOrCreateSigningKey(files.promise);
  const token = await loadOrCreateSigningKey(files.token);
  return { promise: promise.publicKey.jwk, token: token.publicKey.jwk };
}

/** What a signer begins with: a seed, and the record of having signed nothing. From then on a missing record is a lost one. */
export async function createSigner(config: Config): Promise<void> {
  mkdirSync(join(config.dataDir, 'keys'), { recursive: true, mode: 0o700 });
  if ((await seedIn(keyFiles(config).checkpoint)) !== null) return;
  FileSignerRecord.create(signerRecordPath(config.dataDir));
  await loadOrCreateSeed(keyFiles(config).checkpoint);
}

/** The public key in a private key file, or null when there is no such file. Makes nothing. */
export async function publicKeyIn(file: string): Promise<string | null> {
  return orNullIfMissing(async () => (await loadSigningKey(file)).publicKey.jwk);
}

/** The seed in a file, or null when there is no such file. Makes nothing. */
export async function seedIn(file: string): Promise<Uint8Array | null> {
  return orNullIfMissing(() => loadSeed(file));
}

async function orNullIfMissing<T>(load: () => Promise<T>): Promise<T | null> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof KeysError && error.code === 'KEY_FILE_MISSING') return null;
    throw error;
  }
}
