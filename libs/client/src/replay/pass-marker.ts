import type { HorizonLeaf, SnapshotLeaf } from '#libs/protocol';
import { EMPTY_ROOT } from '../pull/pull-plan.js';
import { difference, type Difference } from './difference.js';
import type { FeedProgress } from './gather-state.js';
import { missingRollup } from './rollup-progress.js';

/** What is wrong with a snapshot or a horizon by the leaves before it alone. */
export function passMarker(
  feed: string,
  index: number,
  leaf: SnapshotLeaf | HorizonLeaf,
  progress: FeedProgress,
): Difference[] {
  const missing = missingRollup(feed, index, progress);
  const wrong =
    leaf.kind === 'snapshot'
      ? passSnapshot(feed, index, leaf, progress)
      : passHorizon(feed, index, leaf, progress);
  return [...(missing === null ? [] : [missing]), ...wrong];
}

function passSnapshot(
  feed: string,
  round: number,
  { changes }: SnapshotLeaf,
  { types, snapshots }: FeedProgress,
): Difference[] {
  const { type, count, root } = changes[0]!;
  snapshots[type] = round;
  const standing = types[type] ?? { count: 0, root: EMPTY_ROOT };
  if (standing.count === count && standing.root === root) return [];
  const detail = 'a snapshot is announced with a count or root to which the rounds do not lead';
  return [difference('wrong_snapshot', detail, { feed, round, type })];
}

function passHorizon(
  feed: string,
  round: number,
  { horizons }: HorizonLeaf,
  progress: FeedProgress,
): Difference[] {
  return horizons.flatMap(({ type, size }) => {
    progress.horizons[type] = Math.max(progress.horizons[type] ?? 0, size);
    if (size === round - 1 && progress.snapshots[type] === size) return [];
    const detail = 'a horizon is not at a snapshot of its type in the leaf right before it';
    return [difference('wrong_snapshot', detail, { feed, round, type })];
  });
}
