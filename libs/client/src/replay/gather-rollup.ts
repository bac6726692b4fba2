import type { RollupLeaf, RoundTypeChange } from '#libs/protocol';
import { difference } from './difference.js';
import type { FeedCursor } from './feed-cursor.js';
import { noteDifference, type GatherState } from './gather-state.js';
import { isPartlyUnread } from './horizon-gaps.js';
import { NO_RECORDS, passRollup, rollupFault, type TypeStandings } from './rollup-progress.js';
import { TIMELINE, type SpillWriter } from './spill-file.js';
import { openAnnounced, spillPack } from './spill-pack.js';
import { putRollup, type TimelineRollup } from './timeline.js';

type FoldedType = TimelineRollup['types'][number];

/**
 * Holds a rollup to the sets before and after its rounds, and puts its changes where they are compared with those of the rounds. What is wrong with it
 * is wrong with it alone: rounds are compared on.
 */
export async function gatherRollup(
  state: GatherState,
  spill: SpillWriter,
  cursor: FeedCursor,
  { index, rollup }: { readonly index: number; readonly rollup: RollupLeaf },
): Promise<void> {
  const { feed, progress } = cursor;
  const passed = passRollup(feed, index, rollup, progress);
  if (!passed.ok) return noteDifference(state, passed.difference);
  const { before } = passed;
  const types: FoldedType[] = [];
  for (const change of rollup.changes) {
    const folded = await gatherType({ state, spill, cursor, index, before }, rollup, change);
    if (folded !== null) types.push(folded);
  }
  const { from, to, log } = rollup;
  putRollup(spill.streams[TIMELINE]!, { feed, round: index, logSize: log.size, from, to, types });
}

interface Place {
  readonly state: GatherState;
  readonly spill: SpillWriter;
  readonly cursor: FeedCursor;
  readonly index: number;
  readonly before: TypeStandings;
}

/** The step with the changes of a type; null when there is nothing that they can be compared with. */
async function gatherType(
  { state, spill, cursor, index, before }: Place,
  rollup: RollupLeaf,
  change: RoundTypeChange,
): Promise<FoldedType | null> {
  const { feed, progress } = cursor;
  const { type, packs } = change;
  if (progress.broken.includes(type)) return null;
  const subject = `feed ${feed}, rollup ${index}, ${type} pack 1 of 1`;
  const wrong = (detail: string): null => {
    noteDifference(state, difference('wrong_rollup', `${subject} ${detail}`, { feed, round: index, type }));
    return null;
  };
  const fault = rollupFault(rollup, change, progress);
  if (fault !== null) return wrong(fault);
  const { from } = rollup;
  // Of rounds below the state that the replay began with, or below a horizon, the packs are not read.
  if (from < progress.firstRead || isPartlyUnread(progress.gaps, type, from, index + 1)) return null;
  const announced = packs[0]!;
  const begin = before[type] ?? NO_RECORDS;
  const opened = await openAnnounced(type, announced, begin, () =>
    cursor.pack(announced, { subject, type, index }),
  );
  if (!opened.ok) return wrong(opened.detail);
  const step = state.nextStep++;
  spillPack(spill, step, opened.pack);
  return { type, step };
}
