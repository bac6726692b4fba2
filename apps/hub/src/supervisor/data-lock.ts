import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  holderOf,
  PlatformError,
  type ProcessIdentity,
  type ProcessLock,
  takeProcessLock,
} from '#libs/platform';

/**
 * Makes this process the only supervisor of a data directory. The lock of one that was killed is taken over.
 * @throws PlatformError `data-directory-in-use`, naming the process that holds it
 */
export function lockDataDirectory(dataDir: string): ProcessLock {
  // Others may pass through (a database server under another user must) but see nothing; each secret has its own mode.
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const lock = takeProcessLock(lockPath(dataDir));
  if ('heldBy' in lock) throw inUse(dataDir, lock.heldBy);
  return lock;
}

/** The living supervisor of a data directory. */
export function supervisorOf(dataDir: string): number | undefined {
  return holderOf(lockPath(dataDir));
}

function lockPath(dataDir: string): string {
  return join(dataDir, 'hub.lock');
}

function inUse(dataDir: string, { pid }: ProcessIdentity): PlatformError {
  return new PlatformError(
    'data-directory-in-use',
    `another hub runs on ${dataDir} (process ${pid}): stop it, or set CAIRN_DATA_DIR to another directory`,
  );
}
