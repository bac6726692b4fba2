import type { RollupLeaf, Round } from '#libs/protocol';
import { difference, type Difference } from './difference.js';
import type { FeedProgress } from './gather-state.js';
import { passMarker } from './pass-marker.js';
import { passRollup, passStep, rollupFault } from './rollup-progress.js';

/** What is wrong with a leaf whose packs are not read, by the leaves before it alone. */
export function passLeaf(feed: string, index: number, leaf: Round, progress: FeedProgress): Difference[] {
  if (leaf.kind === 'snapshot' || leaf.kind === 'horizon') return passMarker(feed, index, leaf, progress);
  if (leaf.kind === 'rollup') return passUnreadRollup(feed, index, leaf, progress);
  const missing = passStep(feed, index, progress);
  return missing === null ? [] : [missing];
}

function passUnreadRollup(
  feed: string,
  index: number,
  rollup: RollupLeaf,
  progress: FeedProgress,
): Difference[] {
  const passed = passRollup(feed, index, rollup, progress);
  if (!passed.ok) return [passed.difference];
  return rollup.changes.flatMap((change) => {
    const fault = rollupFault(rollup, change, progress);
    if (fault === null) return [];
    const { type } = change;
    const detail = `feed ${feed}, rollup ${index}, ${type} pack 1 of 1 ${fault}`;
    return [difference('wrong_rollup', detail, { feed, round: index, type })];
  });
}
