import { join } from 'node:path';
import { PlatformError, takeProcessLock } from '#libs/platform';

/**
 * Makes this process the only signer of a data directory: two would each know half of what was signed.
 *
 * @returns what releases the lock
 * @throws PlatformError `data-directory-in-use`
 */
export function lockSigner(dataDir: string): () => void {
  const lock = takeProcessLock(join(dataDir, 'signer', 'signer.lock'));
  if (!('heldBy' in lock)) return () => lock.release();
  throw new PlatformError(
    'data-directory-in-use',
    `another signer runs on ${dataDir} (process ${lock.heldBy.pid}): stop it first`,
  );
}
