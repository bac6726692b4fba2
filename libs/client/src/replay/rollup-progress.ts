import {
  countStep,
  NO_STEPS,
  type RollupLeaf,
  type RollupWindow,
  type RoundTypeChange,
  type StepCount,
} from '#libs/protocol';
import { EMPTY_ROOT } from '../pull/pull-plan.js';
import { difference, type Difference } from './difference.js';
import type { TypeProgress } from './type-progress.js';

/** Where the sets of a feed stood before some leaf, by type. */
export type TypeStandings = Readonly<Record<string, TypeProgress>>;

/** Which rollups a feed must have next, and what their windows began with. */
export interface RollupProgress {
  steps: StepCount;
  /** Windows of the rollups that must be the next leaves. */
  due: RollupWindow[];
  /** Of each window that is open, in the order of `steps.starts`. */
  before: TypeStandings[];
}

/** How far a feed is read. */
interface ReadFeed {
  readonly rollups: RollupProgress;
  readonly types: TypeStandings;
}

/** The set of a type of which nothing was announced. */
export const NO_RECORDS: TypeProgress = { count: 0, root: EMPTY_ROOT };

export function noRollups(): RollupProgress {
  return { steps: NO_STEPS, due: [], before: [] };
}

/** Counts a step that is not worked on yet; gives what is wrong when a rollup should stand in its place. */
export function passStep(feed: string, index: number, { rollups, types }: ReadFeed): Difference | null {
  const missing = missingRollup(feed, index, { rollups });
  const { after, due } = countStep(rollups.steps, index);
  rollups.before = after.starts.map((start, level) =>
    start === index ? { ...types } : rollups.before[level]!,
  );
  rollups.steps = after;
  rollups.due = due;
  return missing;
}

/** What is wrong when a leaf that is no rollup stands in the place of one; the others that are due are not asked for then. */
export function missingRollup(
  feed: string,
  index: number,
  { rollups }: Pick<ReadFeed, 'rollups'>,
): Difference | null {
  const [missing] = rollups.due.splice(0);
  if (missing === undefined) return null;
  const detail = `stands where a rollup of the leaves from ${missing.from} up to ${missing.to} must be`;
  return difference('wrong_rollup', detail, { feed, round: index });
}

/** What a rollup begins with, or what is wrong with its place. */
export type PassedRollup =
  | { readonly ok: true; readonly before: TypeStandings }
  | { readonly ok: false; readonly difference: Difference };

/** Takes a rollup; it is out of place when another one is due, or none. */
export function passRollup(
  feed: string,
  index: number,
  { from, to }: RollupLeaf,
  { rollups }: ReadFeed,
): PassedRollup {
  const due = rollups.due.shift();
  if (due?.from === from && due.to === to)
    return { ok: true, before: rollups.before[rollups.steps.starts.indexOf(from)]! };
  const wanted = due === undefined ? 'where no rollup must be' : `in place of ${due.from} up to ${due.to}`;
  const detail = `is a rollup of the leaves from ${from} up to ${to}, ${wanted}`;
  return { ok: false, difference: difference('wrong_rollup', detail, { feed, round: index }) };
}

/** What is wrong with what a rollup that is in its place says of a type, as far as the leaves alone tell; null when nothing is. */
export function rollupFault(
  { from }: RollupLeaf,
  { type, count, root }: RoundTypeChange,
  { types, horizons }: Pick<ReadFeed, 'types'> & { readonly horizons: Readonly<Record<string, number>> },
): string | null {
  const after = types[type] ?? NO_RECORDS;
  if (after.count !== count || after.root !== root)
    return 'is announced with a count or root to which its rounds do not lead';
  return from < (horizons[type] ?? 0) ? 'begins below the horizon of the type' : null;
}

/** What is wrong with a feed that ends where it does: a signed head ends with the rollups that its last step makes due. */
export function endWithoutRollup(
  feed: string,
  { rounds, rollups }: Pick<ReadFeed, 'rollups'> & { readonly rounds: number },
): Difference | null {
  const [due] = rollups.due;
  if (due === undefined) return null;
  const detail = `the feed ends where a rollup of the leaves from ${due.from} up to ${due.to} must be`;
  return difference('wrong_rollup', detail, { feed, round: rounds });
}
