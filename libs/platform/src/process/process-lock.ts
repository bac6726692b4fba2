import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isErrno } from './errno.js';
import { identityOf, type ProcessIdentity, stillRuns } from './process-identity.js';

/** A lock that this process holds. */
export interface ProcessLock {
  /** Whether a process before this one ended without releasing it. */
  readonly takenOver: boolean;
  release(): void;
}

/**
 * Makes this process the only one that holds the lock at `path`. The lock of a process that was killed is taken over.
 *
 * @returns the living process that holds it, when there is one
 */
export function takeProcessLock(path: string): ProcessLock | { readonly heldBy: ProcessIdentity } {
  const mine = JSON.stringify(identityOf(process.pid));
  let takenOver = false;
  while (!tryCreate(path, mine)) {
    const owner = readOwner(path);
    if (owner !== undefined && stillRuns(owner)) return { heldBy: owner };
    takenOver = discard(path, owner) || takenOver;
  }
  return { takenOver, release: () => release(path, mine) };
}

/** The living process that holds the lock at `path`. */
export function holderOf(path: string): number | undefined {
  const owner = readOwner(path);
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
