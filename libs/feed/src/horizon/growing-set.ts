import { createHash, type Hash } from 'node:crypto';
import { encodeRecords, SetTree, type AddChange } from '#libs/protocol';
import type { BucketedChange } from '#libs/signals';

const LEAF_PREFIX = Uint8Array.of(0);

/**
 * The set tree of a set that grows by records in order of key. The leaf data of a bucket are its records in that order, so each bucket is a hash that is
 * written on: nothing of the records is kept, however many there are.
 */
export class GrowingSet {
  private readonly buckets = new Map<number, Hash>();
  private tree = SetTree.empty();
  private records = 0;

  get root(): Uint8Array {
    return this.tree.root;
  }

  get count(): number {
    return this.records;
  }

  /** @param additions whose keys are above all that there are, ascending */
  add(additions: readonly (BucketedChange & AddChange)[]): void {
    const touched = new Set<number>();
    for (const record of additions) {
      const hash = this.buckets.get(record.bucket) ?? createHash('sha256').update(LEAF_PREFIX);
      this.buckets.set(record.bucket, hash.update(encodeRecords([record])));
      touched.add(record.bucket);
    }
    this.records += additions.length;
    const leaves = [...touched].map(
      (bucket) => [bucket, new Uint8Array(this.buckets.get(bucket)!.copy().digest())] as const,
    );
    this.tree = this.tree.update(new Map(leaves)).tree;
  }
}
