import { describe, expect, it } from '@jest/globals';
import { countStep, NO_STEPS, ROLLUP_STEPS, type RollupWindow } from './rollup-windows.js';

/** The leaves of a feed of so many steps: null for a step, else the window of a rollup. */
function leavesOf(steps: number): (RollupWindow | null)[] {
  const leaves: (RollupWindow | null)[] = [];
  let count = NO_STEPS;
  while (count.steps < steps) {
    const { after, due } = countStep(count, leaves.length);
    leaves.push(null, ...due);
    count = after;
  }
  return leaves;
}

describe('countStep', () => {
  describe('when steps are counted from the first leaf on', () => {
    const leaves = leavesOf(4096);

    it('has a rollup right after every 16th step', () => {
      expect(leaves.indexOf(leaves.find((leaf) => leaf !== null)!)).toBe(16);
      expect(leaves[16]).toEqual({ from: 0, to: 16 });
      expect(leaves[33]).toEqual({ from: 17, to: 33 });
    });

    it('has after every 256th step first that of 16 steps and then that of 256', () => {
      const at = 256 + 15;
      expect(leaves.slice(at, at + 3)).toEqual([{ from: at - 16, to: at }, { from: 0, to: at }, null]);
    });

    it('folds exactly the steps that each is of', () => {
      const lengths = leaves.flatMap((leaf) =>
        leaf === null ? [] : [leaves.slice(leaf.from, leaf.to).filter((one) => one === null).length],
      );
      expect(ROLLUP_STEPS.map((length) => lengths.filter((one) => one === length).length)).toEqual([
        256, 16, 1,
      ]);
      expect(lengths).toHaveLength(273);
    });

    it('begins each window at a step', () => {
      expect(leaves.every((leaf) => leaf === null || leaves[leaf.from] === null)).toBe(true);
    });
  });

  describe('when it goes on from a count that was kept', () => {
    it('says the same', () => {
      const { after } = countStep(NO_STEPS, 0);
      const kept = JSON.parse(JSON.stringify(after)) as typeof after;
      expect(countStep(kept, 1)).toEqual(countStep(after, 1));
    });
  });
});
