import type { Tx } from '#libs/platform';
import { BUCKET_COUNT, bucketLeafHash } from '#libs/protocol';
import { type BucketedChange, readBuckets } from '#libs/signals';
import { leafHash } from '#libs/tlog';
import { ByteBudgetCache } from './byte-budget-cache.js';
import { changeBucket } from './change-bucket.js';
import type { FeedSet } from './set-tree-store.js';

interface KeptBucket {
  readonly data: Uint8Array;
  readonly hash: Uint8Array;
}

/** What a kept bucket takes besides its data. */
const OVERHEAD_BYTES = 320;
const NO_DATA = new Uint8Array(0);
const EMPTY_HASH = bucketLeafHash([]);

/**
 * The buckets of set trees, those changed lately kept in memory: reading a whole bucket again for each record that changes in it
 * would cost more the larger the set. A kept bucket is used only when its hash is the one in the set tree, so one that is out of
 * date, because a round was rolled back or another process published, is read again and does no harm.
 */
export class BucketStore {
  private readonly kept: ByteBudgetCache<KeptBucket, number>;

  /** @param budget bytes that kept buckets may take */
  constructor(budget: number) {
    this.kept = new ByteBudgetCache(budget);
  }

  /**
   * Leaf hashes after changes in canonical form, by bucket.
   *
   * @param before the set before the changes
   * @param written resolves once the records stand in the database as they are after the changes; the transaction has other work until then
   */
  async applyChanges(
    tx: Tx,
    before: FeedSet,
    changes: readonly BucketedChange[],
    written: Promise<void>,
  ): Promise<Map<number, Uint8Array>> {
    const hashes = new Map<number, Uint8Array>();
    const absent: number[] = [];
    for (const [bucket, ofBucket] of byBucket(changes)) {
      const data = this.dataBefore(before, bucket);
      if (data === null) absent.push(bucket);
      else hashes.set(bucket, this.keep(before, bucket, changeBucket(data, ofBucket)));
    }
    if (absent.length > 0) {
      await written;
      const stored = await readBuckets(tx, before, absent);
      for (const bucket of absent) {
        hashes.set(bucket, this.keep(before, bucket, stored.get(bucket) ?? NO_DATA));
      }
    }
    return hashes;
  }

  private dataBefore(set: FeedSet, bucket: number): Uint8Array | null {
    if (set.tree.hasLeaf(bucket, EMPTY_HASH)) return NO_DATA;
    // Whatever is found is kept anew after the changes.
    const kept = this.kept.peek(nameOf(set, bucket));
    return kept !== undefined && set.tree.hasLeaf(bucket, kept.hash) ? kept.data : null;
  }

  private keep(set: FeedSet, bucket: number, data: Uint8Array): Uint8Array {
    const hash = leafHash(data);
    this.kept.set(nameOf(set, bucket), { data, hash }, data.length + OVERHEAD_BYTES);
    return hash;
  }
}

/** One number for a bucket of a set: building texts for all of them would be a good part of the work. */
function nameOf({ channelId, typeCode }: FeedSet, bucket: number): number {
  return (channelId * 0x1_0000 + typeCode) * BUCKET_COUNT + bucket;
}

function byBucket(changes: readonly BucketedChange[]): Map<number, BucketedChange[]> {
  const groups = new Map<number, BucketedChange[]>();
  for (const change of changes) {
    const group = groups.get(change.bucket);
    if (group === undefined) groups.set(change.bucket, [change]);
    else group.push(change);
  }
  return groups;
}
