import { hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { ClientError } from '../client-error.js';
import { durableFiles, PRIVATE_FILE, type WritableFile } from '../files/durable-files.js';
import { isErrno } from '../files/read-file.js';
import { ByteSink } from '../files/byte-sink.js';

/** Parts of the signals, by the first byte of SHA-256(record key): each a subtree of 256 buckets of every set. */
export const PARTITIONS = 256;
/** Number of the stream that all partitions read: statements about the directory, and rounds. */
export const TIMELINE = PARTITIONS;

const STREAMS = PARTITIONS + 1;
const DIGEST_BYTES = 32;
const HEADER_BYTES = STREAMS * (4 + DIGEST_BYTES);

/**
 * Sorts what is read in log order into many streams on the disk, in one file and with bounded memory. The file is a row of runs, each a header
 * (length and SHA-256 of each stream's part) and the parts one after the other. Only runs that the caller has recorded count; bytes behind
 * them are left from a process that ended, and are cut off.
 */
export class SpillWriter {
  readonly streams: readonly ByteSink[] = Array.from({ length: STREAMS }, () => new ByteSink());

  private constructor(
    private readonly file: WritableFile,
    private end: number,
  ) {}

  /** @param end bytes of the runs that count */
  static async open(path: string, end: number): Promise<SpillWriter> {
    const file = end === 0 ? await durableFiles.create(path, PRIVATE_FILE) : await openFile(path);
    await file.truncate(end);
    return new SpillWriter(file, end);
  }

  /** Bytes that are not in the file yet. */
  get pending(): number {
    return this.streams.reduce((sum, { length }) => sum + length, 0);
  }

  /** Writes what is pending as one run, durable when this returns; @returns where the file ends now */
  async commit(): Promise<number> {
    if (this.pending === 0) return this.end;
    const header = new ByteSink();
    for (const stream of this.streams) {
      header.u32(stream.length);
      header.put(digestOf(stream.view()));
    }
    let at = this.end;
    for (const part of [header, ...this.streams]) {
      await this.file.write(part.view(), at);
      at += part.length;
    }
    await this.file.sync();
    for (const stream of this.streams) stream.empty();
    this.end = at;
    return at;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

interface Part {
  readonly offset: number;
  readonly length: number;
  readonly digest: Buffer;
}

/** Reads the streams of a spill file again, each whole. */
export class SpillReader {
  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    /** By run, then by stream. */
    private readonly runs: readonly (readonly Part[])[],
  ) {}

  /**
   * @param end bytes of the runs that count
   * @throws ClientError `STORE_DAMAGED`
   */
  static async open(path: string, end: number): Promise<SpillReader> {
    const handle = await open(path, 'r');
    const runs: Part[][] = [];
    for (let at = 0; at < end;) {
      const parts = partsOf(await readExactly(path, handle, at, HEADER_BYTES), at + HEADER_BYTES);
      const last = parts.at(-1)!;
      at = last.offset + last.length;
      runs.push(parts);
    }
    return new SpillReader(path, handle, runs);
  }

  /** @throws ClientError `STORE_DAMAGED` when a byte changed since it was written */
  async read(stream: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (const run of this.runs) {
      const { offset, length, digest } = run[stream]!;
      if (length === 0) continue;
      const bytes = await readExactly(this.path, this.handle, offset, length);
      if (!digestOf(bytes).equals(digest)) throw damaged(this.path);
      parts.push(bytes);
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

function partsOf(header: Buffer, start: number): Part[] {
  let offset = start;
  return Array.from({ length: STREAMS }, (_, stream) => {
    const at = stream * (4 + DIGEST_BYTES);
    const part = {
      offset,
      length: header.readUInt32BE(at),
      digest: header.subarray(at + 4, at + 4 + DIGEST_BYTES),
    };
    offset += part.length;
    return part;
  });
}

async function readExactly(
  path: string,
  handle: FileHandle,
  offset: number,
  length: number,
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await handle.read(bytes, at, length - at, offset + at);
    if (bytesRead === 0) throw damaged(path);
    at += bytesRead;
  }
  return bytes;
}

async function openFile(path: string): Promise<WritableFile> {
  try {
    return await durableFiles.openExisting(path);
  } catch (error) {
    throw isErrno(error, 'ENOENT') ? damaged(path) : error;
  }
}

function digestOf(bytes: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', bytes, 'hex'), 'hex');
}

function damaged(path: string): ClientError {
  return new ClientError(
    'STORE_DAMAGED',
    path,
    'is not as it was written; begin anew with another work directory',
  );
}
