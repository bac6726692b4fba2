import {
  bucketOf,
  encodePack,
  encodeRecords,
  encodeRound,
  packDigest,
  SetTree,
  toHex,
  type AddChange,
  type RoundPack,
  type SetRecord,
  type SetShape,
} from '#libs/protocol';
import { leafHash } from '#libs/tlog';
import type { TestFeed } from './test-feed.js';
import { keyOf, metadata } from './signals.js';

const PART = 65_536;
const NO_VALUE = new Uint8Array(0);

/** Publishes one round that adds `count` signals at once, without keeping a set of objects for them. */
export function publishLarge(feed: TestFeed, shape: SetShape, count: number): void {
  const keys = Array.from({ length: count }, (_, n) => keyOf(shape, n)).sort((a, b) => Buffer.compare(a, b));
  const kinds = metadataKinds();
  const buckets = new Map<number, SetRecord[]>();
  const packs: RoundPack[] = [];
  let tree = SetTree.empty();
  for (let start = 0; start < count; start += PART) {
    const changes = keys.slice(start, start + PART).map((key, i): AddChange => ({
      op: 'add',
      key,
      metadata: kinds[(start + i * 7919) % kinds.length]!,
      value: NO_VALUE,
    }));
    const after = tree.update(leavesAfter(buckets, changes)).tree;
    const bytes = encodePack({ ...shape, from: tree.root, to: after.root, changes });
    tree = after;
    feed.packs.set(packDigest(bytes), bytes);
    packs.push({
      digest: packDigest(bytes),
      bytes: bytes.length,
      ...{ added: changes.length, updated: 0, removed: 0 },
      count: start + changes.length,
      root: toHex(tree.root),
    });
  }
  const change = { type: shape.type, count, root: toHex(tree.root), packs };
  const log = { size: 1, root: '0'.repeat(64) };
  feed.appendText(
    encodeRound({
      kind: 'round',
      feed: feed.channel,
      time: 1,
      log,
      nonce: '0'.repeat(32),
      changes: [change],
    }),
  );
}

/** Some hundreds of metadata strings, as a feed with a few labels has them. */
function metadataKinds(): Uint8Array[] {
  const assurances = ['provisional', 'corroborated', 'verified'] as const;
  return Array.from({ length: 300 }, (_, i) =>
    metadata({
      status: i % 50 === 0 ? 'disputed' : 'active',
      assurance: assurances[i % 3]!,
      supporters: [1, 2, 3, 4, 8][i % 5]!,
      labels: [{ code: 1 + (i % 2), count: 1 }],
      ...(i % 4 === 0 ? { expiryDay: 21_000 + i } : {}),
    }),
  );
}

function leavesAfter(
  buckets: Map<number, SetRecord[]>,
  changes: readonly AddChange[],
): Map<number, Uint8Array> {
  const touched = new Set<number>();
  for (const change of changes) {
    const bucket = bucketOf(change.key);
    const records = buckets.get(bucket) ?? [];
    records.push(change);
    buckets.set(bucket, records);
    touched.add(bucket);
  }
  // Keys arrive in ascending order, so every bucket is in order too.
  return new Map([...touched].map((bucket) => [bucket, leafHash(encodeRecords(buckets.get(bucket)!))]));
}
