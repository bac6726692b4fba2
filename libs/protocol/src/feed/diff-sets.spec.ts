import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sortChanges, type Change } from './change.js';
import { diffSets } from './diff-sets.js';
import {
  anyHistory,
  anyShape,
  change,
  MD5,
  neighbours,
  PDQ,
  plainMetadata,
  refusal,
  signal,
} from './feed.arbitrary.js';
import { RecordSet } from './record-set.js';
import type { SetShape } from './set-shape.js';

const after = (shape: SetShape, history: Change[][]): RecordSet =>
  history.reduce((set, changes) => set.apply(changes), RecordSet.empty(shape));
const anyTwoSets = anyShape.chain((shape) =>
  fc.tuple(anyHistory(shape), anyHistory(shape)).map(([a, b]) => [after(shape, a), after(shape, b)] as const),
);

describe('diffSets', () => {
  describe('when applied to the set before', () => {
    it('gives the set after', () => {
      fc.assert(
        fc.property(anyTwoSets, ([before, now]) => {
          const reached = before.apply(diffSets(before, now, () => 1));
          expect(reached.root).toEqual(now.root);
          expect([...reached.records()]).toEqual([...now.records()]);
        }),
        { numRuns: 60 },
      );
    });
  });

  describe('when records of one bucket come, stay, change and go', () => {
    it('gives one change for each but the one that stays', () => {
      const [a, b, c, d] = sortChanges(neighbours(PDQ).map((n) => change(PDQ, n, 'add', plainMetadata(1))));
      const before = RecordSet.empty(PDQ).apply([a!, b!, c!]);
      const updated: Change = { op: 'update', key: b!.key, metadata: plainMetadata(2) };
      const removed: Change = { op: 'remove', key: a!.key, reason: 3 };
      const now = before.apply([removed, updated, d!]);
      expect(diffSets(before, now, () => 3)).toEqual([removed, updated, d]);
      expect(diffSets(RecordSet.empty(PDQ), before, () => 3)).toEqual([a, b, c]);
      expect(diffSets(now, RecordSet.empty(PDQ), () => 3).map(({ op }) => op)).toEqual([
        'remove',
        'remove',
        'remove',
      ]);
    });
  });

  describe('when the sets are equal', () => {
    it('is empty', () => {
      fc.assert(
        fc.property(anyHistory(PDQ), (history) => {
          expect(diffSets(after(PDQ, history), after(PDQ, history), () => 1)).toEqual([]);
        }),
        { numRuns: 30 },
      );
    });
  });

  describe('when a record is not in the set after', () => {
    it('gives the reason that is asked for it', () => {
      const before = after(PDQ, [[change(PDQ, 1, 'add', plainMetadata(1))]]);
      expect(diffSets(before, RecordSet.empty(PDQ), ({ metadata }) => metadata.length)).toEqual([
        { op: 'remove', key: signal(PDQ, 1).key, reason: 9 },
      ]);
    });
  });

  describe('when the sets are of different types', () => {
    it('refuses them', () => {
      expect(refusal(() => diffSets(RecordSet.empty(PDQ), RecordSet.empty(MD5), () => 1))).toBe(
        'wrong-shape',
      );
    });
  });
});
