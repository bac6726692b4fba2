import { type Change, packDigest, type RoundPack } from '#libs/protocol';

/**
 * What a leaf announces of a pack.
 *
 * @param data bytes of the pack
 * @param after records of the set after it, and its root in hex
 */
export function announcePack(
  data: Uint8Array,
  changes: readonly Change[],
  after: Pick<RoundPack, 'count' | 'root'>,
): RoundPack {
  const [added, updated, removed] = (['add', 'update', 'remove'] as const).map((op) =>
    countOf(changes, op),
  ) as [number, number, number];
  return { digest: packDigest(data), bytes: data.length, added, updated, removed, ...after };
}

function countOf(changes: readonly Change[], op: Change['op']): number {
  return changes.filter((change) => change.op === op).length;
}
