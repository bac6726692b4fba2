import { TileTree } from '#libs/protocol';
import { sha256 } from '#libs/tlog';
import type { AnnouncedChange } from './spill-records.js';

/** Buckets of a partition: those of a set whose number has one first byte. */
const BUCKETS = 256;
/** What a leaf hash begins with (RFC 9162 §2.1.1); a bucket keeps it in front of its records. */
const LEAF_PREFIX = Buffer.of(0);
/** Of a record: lengths of key, metadata and value. */
const [KEY_LENGTH, METADATA_LENGTH, VALUE_LENGTH] = [2, 2, 4];

/**
 * The records of one type that packs have put into one partition, and the subtree of the set tree over its buckets. Each bucket is its leaf data
 * (docs/protocol-feed.md, "Set root"), so that a change costs a search, a copy of the bucket and its hash. Types with values inside records
 * are not there yet.
 */
export class AnnouncedSet {
  private readonly buckets: Buffer[] = Array.from({ length: BUCKETS }, () => LEAF_PREFIX);
  private tree = TileTree.empty(0);
  private held = 0;

  /** @param keyLength of the type, in bytes */
  constructor(private readonly keyLength: number) {}

  /** How many records there are. */
  get size(): number {
    return this.held;
  }

  get root(): Uint8Array {
    return this.tree.root;
  }

  /** Metadata of a record, a view; null when there is none. */
  metadataOf(key: Uint8Array): Uint8Array | null {
    const bytes = this.buckets[bucketOf(key)]!;
    const { start, end, found } = this.find(bytes, key);
    return found ? bytes.subarray(this.metadataAt(start), end - VALUE_LENGTH) : null;
  }

  /** The keys of all records, views. */
  *keys(): Generator<Uint8Array, void, undefined> {
    for (const bytes of this.buckets) {
      for (let start = LEAF_PREFIX.length; start < bytes.length; start = this.endOf(bytes, start)) {
        yield bytes.subarray(start + KEY_LENGTH, start + KEY_LENGTH + this.keyLength);
      }
    }
  }

  /** Applies the changes of a pack, each whether it fits or not: whether it does is judged elsewhere. */
  apply(changes: readonly AnnouncedChange[]): void {
    const touched = new Set<number>();
    for (const change of changes) {
      const bucket = bucketOf(change.key);
      touched.add(bucket);
      this.buckets[bucket] = this.changed(this.buckets[bucket]!, change);
    }
    const leaves = [...touched].map((bucket) => [bucket, sha256(this.buckets[bucket]!)] as const);
    this.tree = this.tree.with(new Map(leaves));
  }

  private changed(bytes: Buffer, { key, metadata }: AnnouncedChange): Buffer {
    const { start, end, found } = this.find(bytes, key);
    this.held += (metadata === null ? 0 : 1) - (found ? 1 : 0);
    const record = metadata === null ? [] : [this.encode(key, metadata)];
    return Buffer.concat([bytes.subarray(0, start), ...record, bytes.subarray(end)]);
  }

  /** Where the record of a key is, or would be. */
  private find(bytes: Buffer, key: Uint8Array): { start: number; end: number; found: boolean } {
    let start = LEAF_PREFIX.length;
    while (start < bytes.length) {
      const order = Buffer.compare(
        bytes.subarray(start + KEY_LENGTH, start + KEY_LENGTH + this.keyLength),
        key,
      );
      if (order > 0) break;
      const end = this.endOf(bytes, start);
      if (order === 0) return { start, end, found: true };
      start = end;
    }
    return { start, end: start, found: false };
  }

  private endOf(bytes: Buffer, start: number): number {
    return this.metadataAt(start) + bytes.readUInt16BE(start + KEY_LENGTH + this.keyLength) + VALUE_LENGTH;
  }

  private metadataAt(start: number): number {
    return start + KEY_LENGTH + this.keyLength + METADATA_LENGTH;
  }

  private encode(key: Uint8Array, metadata: Uint8Array): Buffer {
    const record = Buffer.alloc(this.metadataAt(0) + metadata.length + VALUE_LENGTH);
    record.writeUInt16BE(key.length, 0);
    record.set(key, KEY_LENGTH);
    record.writeUInt16BE(metadata.length, KEY_LENGTH + key.length);
    record.set(metadata, this.metadataAt(0));
    return record;
  }
}

/** The bucket within the partition: the second byte of SHA-256(key). */
function bucketOf(key: Uint8Array): number {
  return sha256(key)[1]!;
}
