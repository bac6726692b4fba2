import { hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { BUCKET_COUNT } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { PRIVATE_FILE, type DurableFiles, type WritableFile } from '../files/durable-files.js';
import { BucketIndex, type BucketPlace } from './bucket-index.js';
import { BucketRecords } from './bucket-records.js';

/** What changes buckets: see `ChangeWindow`. `C` says what a set cannot undergo. */
export interface BucketChanges<C> {
  /** Byte arrays that the changes refer to. */
  readonly sources: readonly Uint8Array[];
  touches(bucket: number): boolean;
  applyTo(records: BucketRecords, bucket: number): C | null;
}

/** The data file that a writer goes on with: its committed bytes are never written over. */
export interface DataFile {
  readonly name: string;
  /** Bytes that the committed state refers to. */
  readonly length: number;
  /** Of them, bytes of present buckets. */
  readonly live: number;
}

const CHUNK_BYTES = 4 * 1024 * 1024;
const NO_BYTES = new Uint8Array(0);

/**
 * Writes changed buckets of one type behind the committed bytes of its data file. Whoever reads by the committed state
 * sees nothing of it, and after a crash the next writer begins at the same place again.
 */
export class SetWriter {
  private readonly descriptor: number;
  private length: number;
  private live: number;
  /** One byte in front, for the 0x00 of a leaf. */
  private chunk = Buffer.alloc(1 + CHUNK_BYTES + CHUNK_BYTES / 4);
  private chunkView = viewOf(this.chunk);
  private filled = 1;
  private readBuffer = Buffer.alloc(64 * 1024);

  private constructor(
    private readonly file: WritableFile,
    readonly path: string,
    private readonly name: string,
    readonly index: BucketIndex,
    private readonly keyLength: number,
    data: DataFile | null,
  ) {
    this.descriptor = openSync(path, 'r');
    this.length = data?.length ?? 0;
    this.live = data?.live ?? 0;
  }

  /**
   * @param data   the file to go on with, or null to begin a new one
   * @param fresh  name of the new one
   */
  static async open(
    files: DurableFiles,
    directory: string,
    index: BucketIndex,
    keyLength: number,
    data: DataFile | null,
    fresh: string,
  ): Promise<SetWriter> {
    const name = data?.name ?? fresh;
    const path = join(directory, name);
    const file = data === null ? await files.create(path, PRIVATE_FILE) : await files.openExisting(path);
    try {
      // What a crashed run left behind the committed bytes.
      if (data !== null) await file.truncate(data.length);
      return new SetWriter(file, path, name, index, keyLength, data);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The file as it is now. */
  get data(): DataFile {
    return { name: this.name, length: this.length, live: this.live };
  }

  /**
   * Applies changes to the buckets they touch.
   *
   * @returns the first change that the set cannot undergo, or null; after one the writer is of no more use
   * @throws ClientError `STORE_DAMAGED` when a bucket is not what was once written
   */
  async apply<C>(changes: BucketChanges<C>): Promise<C | null> {
    const records = new BucketRecords(this.keyLength, changes.sources);
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      if (!changes.touches(bucket)) continue;
      const before = this.index.place(bucket);
      records.load(this.read(bucket, before));
      const refused = changes.applyTo(records, bucket);
      if (refused !== null) return refused;
      this.put(bucket, records, before);
      if (this.filled > CHUNK_BYTES) await this.flush();
    }
    await this.flush();
    return null;
  }

  /** Copies all buckets of `source` as they are: what is left of a file that is mostly garbage. */
  async copyFrom(source: SetWriter): Promise<void> {
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      const place = source.index.place(bucket);
      if (place.length === 0) continue;
      const bytes = source.read(bucket, place);
      this.makeRoom(bytes.length);
      this.chunk.set(bytes, this.filled);
      this.index.move(bucket, this.length + this.filled - 1);
      this.filled += bytes.length;
      this.live += bytes.length;
      if (this.filled > CHUNK_BYTES) await this.flush();
    }
    await this.flush();
  }

  async sync(): Promise<void> {
    await this.file.sync();
  }

  async close(): Promise<void> {
    closeSync(this.descriptor);
    await this.file.close();
  }

  /** The records of a bucket, checked against its leaf hash; a view that lasts until the next read. */
  private read(bucket: number, { offset, length }: BucketPlace): Uint8Array {
    if (length === 0) return NO_BYTES;
    if (this.readBuffer.length <= length) this.readBuffer = Buffer.alloc(2 * length);
    const read = readSync(this.descriptor, this.readBuffer, 1, length, offset);
    this.readBuffer[0] = 0;
    const leaf = hash('sha256', this.readBuffer.subarray(0, 1 + length), 'binary');
    if (read === length && this.index.hasLeaf(bucket, leaf)) return this.readBuffer.subarray(1, 1 + length);
    throw new ClientError('STORE_DAMAGED', this.path, `bucket ${bucket} is not what was written`);
  }

  private put(bucket: number, records: BucketRecords, before: BucketPlace): void {
    const size = records.byteLength();
    this.makeRoom(size);
    const start = this.filled;
    this.filled = records.write(this.chunkView, start);
    // The leaf hash is over 0x00 and the records: for a moment that byte stands in front of them.
    const borrowed = this.chunk[start - 1]!;
    this.chunk[start - 1] = 0;
    const leaf = hash('sha256', this.chunk.subarray(start - 1, this.filled), 'binary');
    this.chunk[start - 1] = borrowed;
    this.index.set(bucket, size === 0 ? 0 : this.length + start - 1, size, leaf);
    this.live += size - before.length;
  }

  private makeRoom(size: number): void {
    if (this.filled + size <= this.chunk.length) return;
    const wider = Buffer.alloc(2 * (this.filled + size));
    this.chunk.copy(wider, 0, 0, this.filled);
    this.chunk = wider;
    this.chunkView = viewOf(wider);
  }

  private async flush(): Promise<void> {
    await this.file.write(this.chunk.subarray(1, this.filled), this.length);
    this.length += this.filled - 1;
    this.filled = 1;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
