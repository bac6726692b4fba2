import { open, type FileHandle } from 'node:fs/promises';
import { ClientError } from '../client-error.js';
import { durableFiles, PRIVATE_FILE, type WritableFile } from '../files/durable-files.js';
import { ByteSink } from '../files/byte-sink.js';

const HASH_BYTES = 32;

/** The roots of a log at each size so far, on the disk: heads that authors say they verified are held to them. */
export class LogRoots {
  private readonly pending = new ByteSink();

  private constructor(
    private readonly path: string,
    private readonly file: WritableFile,
    private readonly reader: FileHandle,
    private written: number,
  ) {}

  /**
   * @param size roots that count; what is behind them is left from a process that ended
   * @throws ClientError `STORE_DAMAGED`
   */
  static async open(path: string, size: number): Promise<LogRoots> {
    const file =
      size === 0 ? await durableFiles.create(path, PRIVATE_FILE) : await durableFiles.openExisting(path);
    const reader = await open(path, 'r');
    if ((await reader.stat()).size < size * HASH_BYTES) throw damaged(path);
    await file.truncate(size * HASH_BYTES);
    return new LogRoots(path, file, reader, size);
  }

  /** The root at the next size: 1, then 2 and so on. */
  add(root: Uint8Array): void {
    this.pending.put(root);
  }

  /**
   * The root at a size that was added.
   *
   * @throws ClientError `STORE_DAMAGED`
   */
  async at(size: number): Promise<Uint8Array> {
    const ahead = size - this.written;
    if (ahead > 0) return this.pending.view().slice((ahead - 1) * HASH_BYTES, ahead * HASH_BYTES);
    const root = Buffer.alloc(HASH_BYTES);
    const { bytesRead } = await this.reader.read(root, 0, HASH_BYTES, (size - 1) * HASH_BYTES);
    if (bytesRead !== HASH_BYTES) throw damaged(this.path);
    return root;
  }

  /** Makes durable what was added. */
  async commit(): Promise<void> {
    await this.file.write(this.pending.view(), this.written * HASH_BYTES);
    await this.file.sync();
    this.written += this.pending.length / HASH_BYTES;
    this.pending.empty();
  }

  async close(): Promise<void> {
    await this.reader.close();
    await this.file.close();
  }
}

function damaged(path: string): ClientError {
  return new ClientError('STORE_DAMAGED', path, 'is shorter than it was; use another work directory');
}
