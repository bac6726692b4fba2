import { provenanceOrigin } from '#libs/ledger';
import { type Config, PlatformError } from '#libs/platform';
import { NO_QUORUM, TlogError, type VerifierKey, verifyCheckpoint } from '#libs/tlog';
import { openCheckpointKeys } from './checkpoint-keys.js';
import { keyFiles, publicKeyIn } from './hub-keys.js';
import type { StoredHub } from './stored-hub.js';

/**
 * Holds the key files against the hub in the database. With other keys nothing that members have pinned would verify, and under a
 * new checkpoint key the log would have two histories; so a missing key is not made anew either.
 *
 * @throws PlatformError `config-invalid` naming every file at fault and what to do
 * @throws KeysError when a file can be read by others or does not hold a key
 */
export async function checkHubKeys(config: Config, hub: StoredHub): Promise<void> {
  const files = keyFiles(config);
  const faults = [
    await checkpointFault(config, hub),
    await signingKeyFault(files.promise, 'promise', hub),
    await signingKeyFault(files.token, 'token', hub),
  ].filter((text) => text !== null);
  if (faults.length === 0) return;
  throw new PlatformError(
    'config-invalid',
    `the keys are not those of the hub ${hub.origin} in this database: ${faults.join('; ')}. ` +
      'Restore <data>/keys and the database from backups of the same hub, or set CAIRN_DATA_DIR to the directory that holds its keys',
  );
}

/** A signer elsewhere that cannot be asked now is no fault: the hub runs without it, and its checkpoints are looked at when they come. */
async function checkpointFault(config: Config, hub: StoredHub): Promise<string | null> {
  const keys = await openCheckpointKeys(config);
  const key = await keys.of(provenanceOrigin(hub.origin));
  keys.close();
  if (config.signerUrl === undefined)
    return fault(keyFiles(config).checkpoint, key === null ? null : signed(key, hub));
  return key === null || signed(key, hub) ? null : `the signer at ${config.signerUrl} holds another key`;
}

async function signingKeyFault(file: string, purpose: string, hub: StoredHub): Promise<string | null> {
  const jwk = await publicKeyIn(file);
  if (jwk === null) return fault(file, null);
  return fault(
    file,
    hub.keys.some((key) => key.purpose === purpose && sameKey(key.jwk, jwk)),
  );
}

/** Canonical JWKs hold the same members in the same order, but the database may have stored them in another. */
function sameKey(stored: object, jwk: string): boolean {
  const sorted = (value: object): string => JSON.stringify(Object.entries(value).sort());
  return sorted(stored) === sorted(JSON.parse(jwk) as object);
}

/** Whether a key signed the latest checkpoint; before the first there is none that could be at odds with it. */
function signed(key: VerifierKey, { origin, checkpoint }: StoredHub): boolean {
  if (checkpoint === null) return true;
  const log = provenanceOrigin(origin);
  try {
    verifyCheckpoint({ logs: [{ key }], witnesses: [], groups: [], quorum: NO_QUORUM }, checkpoint, log);
    return true;
  } catch (error) {
    if (error instanceof TlogError) return false;
    throw error;
  }
}

/** @param belongs null when there is no such file */
function fault(file: string, belongs: boolean | null): string | null {
  if (belongs === null) return `${file} is missing`;
  return belongs ? null : `${file} holds another key`;
}
