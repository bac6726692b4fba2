import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { BUCKET_COUNT, bucketOf, encodeMetadata, encodeRecords, type Metadata } from '#libs/protocol';

/** A row of a JSON page. */
export interface PagedChange {
  value: string;
  status: string;
  assurance: string;
  supporters: number;
}

/** Bytes of a place of a bucket in the index: offset and length. */
const PLACE_BYTES = 12;

/**
 * What a member that pages JSON keeps: the same records in the same buckets as the store of a pull, and where each bucket lies,
 * but nothing that would let it verify them.
 */
export class PagedStore {
  private readonly buckets: { key: Uint8Array; metadata: Uint8Array }[][] = Array.from(
    { length: BUCKET_COUNT },
    () => [],
  );
  private readonly metadata = new Map<string, Uint8Array>();

  add({ value, status, assurance, supporters }: PagedChange): void {
    const key = Buffer.from(value, 'hex');
    const name = `${status} ${assurance} ${supporters}`;
    let metadata = this.metadata.get(name);
    if (metadata === undefined) {
      metadata = encodeMetadata({
        ...({ status: status.toLowerCase(), assurance: assurance.toLowerCase() } as Pick<
          Metadata,
          'status' | 'assurance'
        >),
        ...{ supporters, labels: [], authors: [], unknown: [] },
      });
      this.metadata.set(name, metadata);
    }
    this.buckets[bucketOf(key)]!.push({ key, metadata });
  }

  /** Writes the buckets to `path` and their places to `path` with `.index` behind it, and makes both durable. */
  write(path: string): void {
    const none = new Uint8Array(0);
    const index = Buffer.alloc(BUCKET_COUNT * PLACE_BYTES);
    let length = 0;
    const written = this.buckets.map((records, bucket) => {
      records.sort((a, b) => Buffer.compare(a.key, b.key));
      const bytes = encodeRecords(records.map((record) => ({ ...record, value: none })));
      index.writeBigUInt64BE(BigInt(length), bucket * PLACE_BYTES);
      index.writeUInt32BE(bytes.length, bucket * PLACE_BYTES + 8);
      length += bytes.length;
      return bytes;
    });
    writeDurably(path, Buffer.concat(written));
    writeDurably(`${path}.index`, index);
  }
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'w', 0o600);
  writeSync(file, bytes);
  fsyncSync(file);
  closeSync(file);
}
