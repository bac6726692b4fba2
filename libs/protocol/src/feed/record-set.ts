import { bucketLeafHash, bucketOf, BUCKET_COUNT } from './bucket.js';
import { compareBytes, equalBytes } from './bytes.js';
import { requireAfter, requireFitting, type Change } from './change.js';
import { PackError } from './pack-error.js';
import type { SetRecord } from './record.js';
import { requireShape, type SetShape } from './set-shape.js';
import { SetTree } from './set-tree.js';

/** Records of a bucket, strictly ascending by key; undefined for none. */
type Bucket = readonly SetRecord[] | undefined;

const NO_RECORDS: readonly SetRecord[] = [];

/**
 * A published set of one type in memory: the reference of what packs mean, for replay, tests and small tools. Never
 * changes; {@link apply} gives another that shares the buckets that stayed the same.
 */
export class RecordSet {
  private constructor(
    readonly shape: SetShape,
    /** Number of records. */
    readonly count: number,
    private readonly buckets: readonly Bucket[],
    private readonly tree: SetTree,
  ) {}

  /** @throws PackError `bad-type` or `bad-key-length` */
  static empty(shape: SetShape): RecordSet {
    requireShape(shape);
    return new RecordSet(shape, 0, new Array<Bucket>(BUCKET_COUNT).fill(undefined), SetTree.empty());
  }

  /** The set root. */
  get root(): Uint8Array {
    return this.tree.root;
  }

  get(key: Uint8Array): SetRecord | undefined {
    return this.bucket(bucketOf(key)).find((record) => equalBytes(record.key, key));
  }

  /** The records of one bucket, strictly ascending by key. */
  bucket(bucket: number): readonly SetRecord[] {
    return this.buckets[bucket] ?? NO_RECORDS;
  }

  /** All records, bucket by bucket. */
  *records(): Generator<SetRecord, void, undefined> {
    for (const bucket of this.buckets) if (bucket !== undefined) yield* bucket;
  }

  /**
   * The set after changes in canonical form. Keeps views of their keys, metadata and values.
   *
   * @throws PackError `already-present` when an added key is in the set, `absent` when an updated or removed one is
   *   not; `unsorted`, `duplicate`, `bad-key-length`, `bad-value`, `bad-reason` for changes of a wrong form
   */
  apply(changes: Iterable<Change>): RecordSet {
    const buckets = this.buckets.slice();
    const leafHashes = new Map<number, Uint8Array>();
    let count = this.count;
    for (const [bucket, group] of this.byBucket(changes)) {
      const before = this.bucket(bucket);
      const after = changeBucket(before, group);
      count += after.length - before.length;
      buckets[bucket] = after.length === 0 ? undefined : after;
      leafHashes.set(bucket, bucketLeafHash(after));
    }
    return new RecordSet(this.shape, count, buckets, this.tree.update(leafHashes).tree);
  }

  private byBucket(changes: Iterable<Change>): Map<number, Change[]> {
    const groups = new Map<number, Change[]>();
    let previous: Change | undefined;
    for (const change of changes) {
      requireAfter(previous, change);
      requireFitting(this.shape, change);
      const bucket = bucketOf(change.key);
      const group = groups.get(bucket);
      if (group === undefined) groups.set(bucket, [change]);
      else group.push(change);
      previous = change;
    }
    return groups;
  }
}

/** Merges ascending changes into ascending records. */
function changeBucket(records: readonly SetRecord[], changes: readonly Change[]): SetRecord[] {
  const after: SetRecord[] = [];
  let at = 0;
  for (const change of changes) {
    while (at < records.length && compareBytes(records[at]!.key, change.key) < 0) after.push(records[at++]!);
    const here = records[at];
    const present = here !== undefined && equalBytes(here.key, change.key) ? here : undefined;
    const next = changeRecord(present, change);
    if (present !== undefined) at++;
    if (next !== undefined) after.push(next);
  }
  return after.concat(records.slice(at));
}

function changeRecord(present: SetRecord | undefined, change: Change): SetRecord | undefined {
  if (change.op === 'add') {
    if (present !== undefined) throw new PackError('already-present', 'set: an added key is in the set');
    return { key: change.key, metadata: change.metadata, value: change.value };
  }
  if (present === undefined) throw new PackError('absent', `set: a key to ${change.op} is not in the set`);
  return change.op === 'update' ? { ...present, metadata: change.metadata } : undefined;
}
