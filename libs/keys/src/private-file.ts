import { randomBytes } from 'node:crypto';
import { link, open, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KeysError } from './keys-error.js';

/**
 * Reads a file that only its owner may read. Mode and content come from one open file, so a symbolic link counts by
 * what it leads to and nothing can be swapped in between. Windows has no such modes: there the check is left out.
 *
 * @throws KeysError `KEY_FILE_MISSING`, `KEY_FILE_PERMISSIONS`
 */
export async function readPrivateFile(
  path: string,
  platform: string = process.platform,
): Promise<Uint8Array> {
  const file = await openExisting(path);
  try {
    const { mode } = await file.stat();
    if (platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new KeysError(
        'KEY_FILE_PERMISSIONS',
        `${path}: group or others have access to this secret (mode ${(mode & 0o777).toString(8)}), run chmod 600 on it`,
      );
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function openExisting(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw isFsError(cause, 'ENOENT')
      ? new KeysError('KEY_FILE_MISSING', `${path}: no such file`, { cause })
      : cause;
  }
}

/**
 * Creates a file with mode 600, whole or not at all, and never in place of another one.
 *
 * @throws KeysError `KEY_FILE_EXISTS`
 */
export async function createPrivateFile(
  path: string,
  content: string,
  platform: string = process.platform,
): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    await writeDurably(draft, content);
    // Unlike a rename, a link fails when the name is taken.
    await link(draft, path);
  } catch (cause) {
    throw isFsError(cause, 'EEXIST')
      ? new KeysError('KEY_FILE_EXISTS', `${path}: exists already`, { cause })
      : cause;
  } finally {
    await unlink(draft).catch(() => undefined);
  }
  if (platform !== 'win32') await syncDirectory(dirname(path));
}

async function writeDurably(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the new name survive a power failure; Windows cannot open directories. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function isFsError(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
