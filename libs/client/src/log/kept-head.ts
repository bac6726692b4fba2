import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { fromHex, toHex } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { durableFiles, replaceDurably } from '../files/durable-files.js';
import { FileLock } from '../files/file-lock.js';
import { readJsonFile } from '../files/read-file.js';
import type { VerifiedHead } from './open-checkpoint.js';

/** The head of a log that was verified last. */
export interface KeptHead extends VerifiedHead {
  /** When, Unix milliseconds; null in files of older versions. */
  readonly verifiedAt: number | null;
}

const LOCK_ATTEMPTS = 100;
const LOCK_PAUSE_MS = 50;

/**
 * The head kept in a directory, or null.
 *
 * @throws ClientError `CONFIG_INVALID`
 */
export async function readHead(directory: string): Promise<KeptHead | null> {
  const file = headFile(directory);
  const json = await readJsonFile(file, 'CONFIG_INVALID');
  if (json === null) return null;
  const { size, root, note, verifiedAt } = json;
  const hash = typeof root === 'string' ? fromHex(root) : null;
  if (typeof size === 'number' && hash?.length === 32 && typeof note === 'string')
    return { size, root: hash, note, verifiedAt: typeof verifiedAt === 'number' ? verifiedAt : null };
  throw new ClientError('CONFIG_INVALID', file, 'is not a head that this client wrote');
}

/**
 * Keeps a verified head. Several processes of one member follow the log at a time; none of them takes the place of a greater head.
 *
 * @throws ClientError `BUSY`
 */
export async function keepHead(directory: string, head: VerifiedHead): Promise<void> {
  await durableFiles.makeDirectory(directory);
  const lock = await waitForLock(join(directory, 'head.lock'));
  try {
    const known = await readHead(directory);
    if (known !== null && known.size >= head.size) return;
    const { size, root, note } = head;
    const text = JSON.stringify({ size, root: toHex(root), note, verifiedAt: Date.now() });
    await replaceDurably(durableFiles, headFile(directory), `${text}\n`);
  } finally {
    await lock.release();
  }
}

async function waitForLock(path: string): Promise<FileLock> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await FileLock.acquire(path);
    } catch (error) {
      const busy = error instanceof ClientError && error.code === 'BUSY';
      if (!busy || attempt === LOCK_ATTEMPTS) throw error;
      await delay(LOCK_PAUSE_MS);
    }
  }
}

function headFile(directory: string): string {
  return join(directory, 'head.json');
}
