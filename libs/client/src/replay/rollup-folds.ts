import { equalBytes } from '#libs/tlog';
import { hexOf } from './compare-round.js';
import { difference, type Difference } from './difference.js';
import type { AnnouncedChange } from './spill-records.js';
import type { TimelineItem, TimelineRollup } from './timeline.js';

/** A rollup that is to come, and what its rounds have done so far: of each of its types by the hex of the key. */
interface OpenFold {
  readonly rollup: TimelineRollup;
  readonly types: ReadonlyMap<string, Map<string, AnnouncedChange>>;
}

/** The rollups of one feed, by where they begin. */
interface FeedFolds {
  readonly ahead: TimelineRollup[];
  readonly open: OpenFold[];
}

/**
 * Folds what rounds announce over the windows of the rollups that are to come, and holds each rollup to it record by record. Only what a rollup announces
 * is kept, and only until it has been compared: a round lies in at most one window of each length.
 */
export class RollupFolds {
  private readonly feeds = new Map<string, FeedFolds>();

  constructor(timeline: readonly TimelineItem[]) {
    for (const item of timeline) {
      if (item.kind !== 'rollup') continue;
      const { feed } = item.rollup;
      const folds = this.feeds.get(feed) ?? { ahead: [], open: [] };
      this.feeds.set(feed, folds);
      folds.ahead.push(item.rollup);
    }
    for (const { ahead } of this.feeds.values()) ahead.sort((a, b) => b.from - a.from);
  }

  /** Takes what a round announces of a type, in order of rounds. */
  collect(feed: string, round: number, type: string, changes: readonly AnnouncedChange[]): void {
    for (const { rollup, types } of this.openAt(feed, round)) {
      const folded = types.get(type);
      if (folded === undefined || round >= rollup.to) continue;
      for (const change of changes) fold(folded, change);
    }
  }

  /** Where the changes of a rollup are not the fold of those of its rounds; it is forgotten then. */
  compare(rollup: TimelineRollup, changes: ReadonlyMap<string, readonly AnnouncedChange[]>): Difference[] {
    const open = this.openAt(rollup.feed, rollup.round);
    const at = open.findIndex((one) => one.rollup === rollup);
    const [found] = open.splice(at, 1);
    return [...found!.types].flatMap(([type, folded]) => {
      return [...compareFold(folded, changes.get(type)!)].map(([key, detail]) =>
        difference('wrong_rollup', detail, { feed: rollup.feed, round: rollup.round, type, key }),
      );
    });
  }

  /** Windows that have begun at a leaf and are not compared yet. */
  private openAt(feed: string, index: number): OpenFold[] {
    const { ahead, open } = this.feeds.get(feed) ?? { ahead: [], open: [] };
    while (ahead.length > 0 && ahead.at(-1)!.from <= index) {
      const rollup = ahead.pop()!;
      open.push({ rollup, types: new Map(rollup.types.map((one) => [one.type, new Map()])) });
    }
    return open;
  }
}

/** As packs fold; changes that no set can undergo one after the other differ from the log, and are reported where they stand. */
function fold(folded: Map<string, AnnouncedChange>, change: AnnouncedChange): void {
  const key = hexOf(change.key);
  const earlier = folded.get(key);
  if (earlier === undefined) folded.set(key, change);
  else if (change.op !== 'remove')
    folded.set(key, { ...change, op: earlier.op === 'add' ? 'add' : 'update' });
  else if (earlier.op === 'add') folded.delete(key);
  else folded.set(key, change);
}

/** Keys, in hex, of records to which a rollup does something else than its rounds, and what. */
function* compareFold(
  folded: ReadonlyMap<string, AnnouncedChange>,
  changes: readonly AnnouncedChange[],
): Generator<[key: string, detail: string]> {
  const announced = new Map(changes.map((change) => [hexOf(change.key), change]));
  for (const key of new Set([...folded.keys(), ...announced.keys()])) {
    const detail = whatDiffers(folded.get(key), announced.get(key));
    if (detail !== null) yield [key, detail];
  }
}

function whatDiffers(
  expected: AnnouncedChange | undefined,
  announced: AnnouncedChange | undefined,
): string | null {
  if (announced === undefined) return 'the rollup leaves out a change that its rounds come to';
  if (expected === undefined) return 'the rollup has a change that its rounds do not come to';
  if (announced.op !== expected.op)
    return `the rollup has ${announced.op} where its rounds come to ${expected.op}`;
  if (announced.op === 'remove')
    return announced.reason === expected.reason
      ? null
      : 'the rollup removes with another reason than its rounds';
  const same = equalBytes(announced.metadata!, expected.metadata!);
  return same ? null : 'the rollup has other metadata than its rounds come to';
}
