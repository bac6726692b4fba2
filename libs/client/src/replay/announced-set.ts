import { bucketLeafHash, toHex, TileTree, type SetRecord } from '#libs/protocol';
import { sha256 } from '#libs/tlog';
import type { AnnouncedChange } from './spill-records.js';

const NO_VALUE = new Uint8Array(0);

interface Held extends SetRecord {
  /** Bucket within the partition: the second byte of SHA-256(key). */
  readonly bucket: number;
}

/** The records of one type that packs have put into one partition, and the subtree of the set tree over their 256 buckets. */
export class AnnouncedSet {
  private readonly records = new Map<string, Held>();
  /** Sorted by key. */
  private readonly buckets: Held[][] = Array.from({ length: 256 }, () => []);
  private tree = TileTree.empty(0);

  /** Metadata of a record, by the hex of its key; null when there is none. */
  metadataOf(key: string): Uint8Array | null {
    return this.records.get(key)?.metadata ?? null;
  }

  get size(): number {
    return this.records.size;
  }

  get root(): Uint8Array {
    return this.tree.root;
  }

  /** Applies the changes of a pack, each whether it fits or not: whether it does is judged elsewhere. */
  apply(changes: readonly AnnouncedChange[]): void {
    const touched = new Set<number>();
    for (const change of changes) {
      const name = toHex(change.key);
      const known = this.records.get(name);
      const bucket = known?.bucket ?? sha256(change.key)[1]!;
      touched.add(bucket);
      this.put(name, known, change, bucket);
    }
    const leaves = [...touched].map((bucket) => [bucket, bucketLeafHash(this.buckets[bucket]!)] as const);
    this.tree = this.tree.with(new Map(leaves));
  }

  private put(
    name: string,
    known: Held | undefined,
    { key, metadata }: AnnouncedChange,
    bucket: number,
  ): void {
    const held = this.buckets[bucket]!;
    const at = held.findIndex((other) => Buffer.compare(other.key, key) >= 0);
    const place = at < 0 ? held.length : at;
    if (metadata === null) {
      if (known !== undefined) held.splice(place, 1);
      this.records.delete(name);
      return;
    }
    const record = { key, metadata, value: NO_VALUE, bucket };
    held.splice(place, known === undefined ? 0 : 1, record);
    this.records.set(name, record);
  }
}
