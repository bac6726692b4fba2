import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, isErrno, PlatformError, type ProcessIdentity, stillRuns } from '#libs/platform';

export interface DataLock {
  /** Whether a supervisor before this one ended without releasing the lock. */
  readonly takenOver: boolean;
  release(): void;
}

/**
 * Makes this process the only supervisor of a data directory. The lock of one that was killed is taken over.
 * @throws PlatformError `data-directory-in-use`, naming the process that holds it
 */
export function lockDataDirectory(dataDir: string): DataLock {
  // Others may pass through (a database server under another user must) but see nothing; each secret has its own mode.
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const path = join(dataDir, 'hub.lock');
  const mine = JSON.stringify(identityOf(process.pid));
  let takenOver = false;
  while (!tryCreate(path, mine)) {
    const owner = readOwner(path);
    if (owner !== undefined && stillRuns(owner)) throw inUse(dataDir, owner);
    takenOver = discard(path, owner) || takenOver;
  }
  return { takenOver, release: () => release(path, mine) };
}

/** The living supervisor of a data directory. */
export function supervisorOf(dataDir: string): number | undefined {
  const owner = readOwner(join(dataDir, 'hub.lock'));
  return owner !== undefined && stillRuns(owner) ? owner.pid : undefined;
}

/** Creates the lock with its content in one step: a link to a finished file either is made or finds one there. */
function tryCreate(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

/** Moves a dead owner's lock away; puts it back when another starter was faster and it is no longer the same lock. */
function discard(path: string, dead: ProcessIdentity | undefined): boolean {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
  const moved = readOwner(aside);
  if (moved?.pid !== dead?.pid || moved?.started !== dead?.started) tryLink(aside, path);
  rmSync(aside);
  return true;
}

function tryLink(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

function release(path: string, mine: string): void {
  const owner = readOwner(path);
  if (JSON.stringify(owner) === mine) rmSync(path);
}

function inUse(dataDir: string, { pid }: ProcessIdentity): PlatformError {
  return new PlatformError(
    'data-directory-in-use',
    `another hub runs on ${dataDir} (process ${pid}): stop it, or set CAIRN_DATA_DIR to another directory`,
  );
}
