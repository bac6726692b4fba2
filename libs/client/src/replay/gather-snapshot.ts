import type { SnapshotLeaf } from '#libs/protocol';
import { EMPTY_ROOT } from '../pull/pull-plan.js';
import { difference } from './difference.js';
import type { FeedCursor } from './feed-cursor.js';
import { noteDifference, type GatherState } from './gather-state.js';
import { isUnread } from './horizon-gaps.js';
import { TIMELINE, type SpillWriter } from './spill-file.js';
import { openAnnounced, spillPack } from './spill-pack.js';
import { putSnapshot, type Step } from './timeline.js';
import type { TypeProgress } from './type-progress.js';

/** Puts the records of a snapshot where they are compared with what follows from the log; the set of its type begins with them. */
export async function gatherSnapshot(
  state: GatherState,
  spill: SpillWriter,
  cursor: FeedCursor,
  { index, snapshot }: { readonly index: number; readonly snapshot: SnapshotLeaf },
): Promise<void> {
  const { feed, progress } = cursor;
  const { type, packs } = snapshot.changes[0]!;
  if (isUnread(progress.gaps, type, index) || progress.broken.includes(type)) return;
  const steps: Step[] = [];
  let before: TypeProgress = { count: 0, root: EMPTY_ROOT };
  for (const [part, announced] of packs.entries()) {
    const subject = `feed ${feed}, snapshot ${index}, ${type} pack ${part + 1} of ${packs.length}`;
    const opened = await openAnnounced(type, announced, before, () =>
      cursor.pack(announced, { subject, type, index }),
    );
    if (!opened.ok) {
      progress.broken.push(type);
      const detail = `${subject} ${opened.detail}`;
      noteDifference(state, difference('wrong_snapshot', detail, { feed, round: index, type }));
      break;
    }
    const { count, root } = announced;
    const step = state.nextStep++;
    spillPack(spill, step, opened.pack);
    steps.push({ step, count, root });
    before = { count, root };
  }
  const types = [{ type, steps, broken: progress.broken.includes(type) }];
  putSnapshot(spill.streams[TIMELINE]!, { feed, round: index, logSize: snapshot.log.size, types });
}
