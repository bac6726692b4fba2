import { setImmediate } from 'node:timers/promises';
import type { Tx } from '#libs/platform';
import {
  type Change,
  encodePack,
  type RoundPack,
  signalTypeByCode,
  sortChanges,
  toHex,
} from '#libs/protocol';
import { type BucketedChange, readChanges, type RecordPart, writeRecords } from '#libs/signals';
import { announcePack } from './announce-pack.js';
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

/**
 * Writes the records of a part, brings the set tree up to date and encodes the pack between the two set roots. The database writes
 * while the rest is done here, so that neither waits for the other.
 */
export async function buildPack(
  tx: Tx,
  buckets: BucketStore,
  before: FeedSet,
  part: RecordPart,
): Promise<BuiltPack> {
  const changes = sortChanges(await readChanges(tx, part));
  const written = writeRecords(tx, part);
  const [built] = await bothOver(assemble(tx, { buckets, before, part, changes, written }), written);
  return built;
}

/** What two promises give, once both are settled: a transaction must not end under a statement that is still at work. */
async function bothOver<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

interface PackMaterial {
  readonly buckets: BucketStore;
  readonly before: FeedSet;
  readonly part: RecordPart;
  readonly changes: readonly BucketedChange[];
  /** Resolves once the records stand in the database as they are after the changes. */
  readonly written: Promise<void>;
}

async function assemble(
  tx: Tx,
  { buckets, before, part, changes, written }: PackMaterial,
): Promise<BuiltPack> {
  // Lets the statement leave before the processor is busy.
  await setImmediate();
  const leaves = await buckets.applyChanges(tx, before, changes, written);
  const { tree } = before.tree.update(leaves);
  const { name: type, keyLength } = signalTypeByCode(part.typeCode)!;
  const data = encodePack({
    type,
    keyLength,
    hasValues: false,
    from: before.tree.root,
    to: tree.root,
    changes,
  });
  const records = changes.reduce((sum, { op }) => sum + GROWTH[op], before.records);
  const announced = announcePack(data, changes, { count: records, root: toHex(tree.root) });
  return { announced, data, set: { ...before, tree, records }, leaves };
}

/** By how much a change makes a set grow. */
const GROWTH: Readonly<Record<Change['op'], number>> = { add: 1, update: 0, remove: -1 };
