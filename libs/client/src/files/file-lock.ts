import { randomBytes } from 'node:crypto';
import { readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { ClientError } from '../client-error.js';
import { isErrno } from './read-file.js';
import { isGone, ownMark, type ProcessMark } from './process-mark.js';

/** What a lock file holds; `nonce` tells two holders of one process apart. */
interface LockContent extends ProcessMark {
  readonly nonce: string;
}

const HEARTBEAT_MS = 5000;
/** Without a heartbeat for so long a holder that cannot be looked up is taken for dead. */
const SILENCE_MS = 60_000;

/**
 * A lock that a file stands for. Its holder touches the file every five seconds; the lock of a process that is gone, or
 * that has been silent for a minute, is taken over. A holder that was suspended for longer learns of it by
 * {@link isHeld}, which must be asked before anything is made final.
 */
export class FileLock {
  private readonly heartbeat: NodeJS.Timeout;

  private constructor(
    private readonly path: string,
    private readonly nonce: string,
  ) {
    this.heartbeat = setInterval(() => void this.touch(), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  /** @throws ClientError `BUSY` when another holds it */
  static async acquire(path: string): Promise<FileLock> {
    const content: LockContent = { ...ownMark(), nonce: randomBytes(16).toString('hex') };
    if (!(await createLock(path, content)) && !(await takeOver(path, content))) {
      throw new ClientError('BUSY', path, 'another process is at work here; wait until it has finished');
    }
    return new FileLock(path, content.nonce);
  }

  /** Whether the lock is still this one's. */
  async isHeld(): Promise<boolean> {
    return (await readLock(this.path))?.nonce === this.nonce;
  }

  async release(): Promise<void> {
    clearInterval(this.heartbeat);
    if (await this.isHeld()) await unlink(this.path);
  }

  private async touch(): Promise<void> {
    const now = new Date();
    // Whoever removed the file took the lock over; the holder learns of it when it asks.
    await utimes(this.path, now, now).catch(() => undefined);
  }
}

async function createLock(path: string, content: LockContent): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(content), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/**
 * Takes a stale lock over. Of several that try at once, one may: a second file guards the exchange, and the lock is
 * looked at again under that guard.
 */
async function takeOver(path: string, content: LockContent): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await isStale(path))) return false;
  if (await isSilent(guard)) await unlink(guard).catch(() => undefined);
  if (!(await createLock(guard, content))) return false;
  try {
    if (!(await isStale(path))) return false;
    await unlink(path).catch(() => undefined);
    return await createLock(path, content);
  } finally {
    await unlink(guard).catch(() => undefined);
  }
}

async function isStale(path: string): Promise<boolean> {
  const held = await readLock(path);
  return (held !== null && isGone(held)) || isSilent(path);
}

async function isSilent(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > SILENCE_MS;
  } catch {
    return false;
  }
}

/** Null when there is no lock, or one that is just being written. */
async function readLock(path: string): Promise<LockContent | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LockContent;
  } catch {
    return null;
  }
}
