import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file open for writing. */
export interface WritableFile {
  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Cuts the file to `length` bytes. */
  truncate(length: number): Promise<void>;
  /** Returns when the content would survive a power failure. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Everything the client does to files that must survive a crash. One narrow door, so that a test can break off after
 * each step and see that what is left is the old state or the new one.
 */
export interface DurableFiles {
  makeDirectory(path: string): Promise<void>;
  /** Opens a new file, or an old one emptied. */
  create(path: string, mode: number): Promise<WritableFile>;
  /** Opens a file that exists, keeping its content. */
  openExisting(path: string): Promise<WritableFile>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or directory with all in it; one that is not there is well. */
  remove(path: string): Promise<void>;
  /** Returns when names made or changed in the directory would survive a power failure. */
  syncDirectory(path: string): Promise<void>;
}

/** Files for the owner alone: stores hold hashes, outboxes hold what a member submits. */
export const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

/** The real file system. */
export const durableFiles: DurableFiles = {
  makeDirectory: async (path) => void (await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY })),
  create: async (path, mode) => new HandleFile(await open(path, 'w', mode)),
  openExisting: async (path) => new HandleFile(await open(path, 'r+')),
  rename,
  remove: (path) => rm(path, { recursive: true, force: true }),
  syncDirectory,
};

class HandleFile implements WritableFile {
  constructor(private readonly handle: FileHandle) {}

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += (await this.handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
    }
  }

  truncate(length: number): Promise<void> {
    return this.handle.truncate(length);
  }

  sync(): Promise<void> {
    return this.handle.sync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** Windows cannot open directories; there a rename is as durable as the file system makes it. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Writes a new file that is complete and durable when this returns, its name not yet. */
export async function writeDurably(
  files: DurableFiles,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const file = await files.create(path, PRIVATE_FILE);
  try {
    await file.write(typeof content === 'string' ? Buffer.from(content) : content, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts `content` in place of whatever `path` held: at every moment it is wholly the old or wholly the new. */
export async function replaceDurably(
  files: DurableFiles,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const draft = `${path}.new`;
  await writeDurably(files, draft, content);
  await files.rename(draft, path);
  await files.syncDirectory(dirname(path));
}
