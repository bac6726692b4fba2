import type { Tx } from '#libs/platform';
import {
  type Change,
  encodePack,
  packDigest,
  type RoundPack,
  signalTypeByCode,
  sortChanges,
  toHex,
} from '#libs/protocol';
import { readChanges, type RecordPart, writeRecords } from '#libs/signals';
import type { BucketStore } from './bucket-store.js';
import type { FeedSet } from './set-tree-store.js';

/** A pack with what the leaf announces of it, and the set after it. */
export interface BuiltPack {
  announced: RoundPack;
  data: Uint8Array;
  set: FeedSet;
  /** New leaf hashes of the buckets that the pack touches. */
  leaves: ReadonlyMap<number, Uint8Array>;
}

/** Writes the records of a part, brings the set tree up to date and encodes the pack between the two set roots. */
export async function buildPack(
  tx: Tx,
  buckets: BucketStore,
  before: FeedSet,
  part: RecordPart,
): Promise<BuiltPack> {
  await writeRecords(tx, part);
  const changes = sortChanges(await readChanges(tx, part));
  const leaves = await buckets.applyChanges(tx, before, changes);
  const { tree } = before.tree.update(leaves);
  const [added, updated, removed] = (['add', 'update', 'remove'] as const).map((op) =>
    count(changes, op),
  ) as [number, number, number];
  const set = { ...before, tree, records: before.records + added - removed };
  const { name: type, keyLength } = signalTypeByCode(part.typeCode)!;
  const data = encodePack({
    type,
    keyLength,
    hasValues: false,
    from: before.tree.root,
    to: tree.root,
    changes,
  });
  const announced = {
    digest: packDigest(data),
    bytes: data.length,
    added,
    updated,
    removed,
    count: set.records,
    root: toHex(tree.root),
  };
  return { announced, data, set, leaves };
}

function count(changes: readonly Change[], op: Change['op']): number {
  return changes.filter((change) => change.op === op).length;
}
