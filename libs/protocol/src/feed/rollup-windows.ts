/** A rollup is due right after every so many steps; where several are, in this order. */
export const ROLLUP_STEPS = [16, 256, 4096] as const;

/** Leaves of a feed that a rollup folds. */
export interface RollupWindow {
  /** Index of the first step. */
  readonly from: number;
  /** Index after the last step. */
  readonly to: number;
}

/** How many steps, leaves of kind `round` or `idle`, a feed has, and where the windows that are open begin. */
export interface StepCount {
  readonly steps: number;
  /** Of each of {@link ROLLUP_STEPS}, the index of the first step of the latest window; nothing before the first step. */
  readonly starts: readonly number[];
}

/** Of a feed without leaves. */
export const NO_STEPS: StepCount = { steps: 0, starts: [] };

/**
 * Counts a step. Which rollups a feed has follows from the number of its steps alone, never from what they changed: the sizes of feeds are public
 * (docs/protocol-feed.md, "Rollup").
 *
 * @param index of the leaf
 * @returns the count after it, and the windows of the rollups that are to be the next leaves, in order
 */
export function countStep(
  before: StepCount,
  index: number,
): { readonly after: StepCount; readonly due: RollupWindow[] } {
  const steps = before.steps + 1;
  const starts = ROLLUP_STEPS.map((length, level) =>
    before.steps % length === 0 ? index : before.starts[level]!,
  );
  const due = ROLLUP_STEPS.flatMap((length, level) =>
    steps % length === 0 ? [{ from: starts[level]!, to: index + 1 }] : [],
  );
  return { after: { steps, starts }, due };
}
