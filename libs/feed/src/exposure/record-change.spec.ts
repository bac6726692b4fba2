import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { foldChanges, type Change } from '#libs/protocol';
import { multirangeText, presenceOf, rangesOf, type RecordChange } from './record-change.js';

/** Rounds that may do something to a record, each with the round after which it comes and whether it updates what is there. */
const anyHistory = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean()), { maxLength: 8 })
  .map((steps) => {
    let [round, present] = [-1, false];
    const changes = steps.map(([gap, updates]): RecordChange => {
      round += gap;
      const op = !present ? 'add' : updates ? 'update' : 'remove';
      present = op !== 'remove';
      return { round, first: round, op, alone: true };
    });
    return { changes, size: round + 3 };
  });

const within = (at: number, ranges: readonly { from: number; to: number }[]): boolean =>
  ranges.some(({ from, to }) => from <= at && at < to);

/** What a delta holds of the record, folded as packs are. */
function folded(changes: readonly RecordChange[], from: number, to: number): readonly Change[] {
  const key = new Uint8Array(16);
  const value = new Uint8Array(0);
  const metadata = new Uint8Array([1]);
  return changes
    .filter(({ round }) => from <= round && round < to)
    .map(({ op }): Change => (op === 'remove' ? { op, key, reason: 1 } : { op, key, metadata, value }))
    .reduce<readonly Change[]>((all, change) => foldChanges(all, [change]), []);
}

describe('the sizes at which a feed holds a record', () => {
  it('say of every span whether a change in it survives folding', () => {
    fc.assert(
      fc.property(anyHistory, ({ changes, size }) => {
        const present = presenceOf(changes, size);
        for (let from = 0; from < size; from++)
          for (let to = from + 1; to <= size; to++) {
            const changed = rangesOf(changes).some((range) => within(range.from, [{ from, to }]));
            const survives = changed && (within(from, present) || within(to, present));
            expect([from, to, survives]).toEqual([from, to, folded(changes, from, to).length > 0]);
          }
      }),
    );
  });

  it('reach to the last round while the record is there', () => {
    const add: RecordChange = { round: 2, first: 2, op: 'add', alone: true };
    expect(presenceOf([add], 5)).toEqual([{ from: 3, to: 6 }]);
    expect(presenceOf([add, { ...add, round: 4, first: 4, op: 'remove' }], 9)).toEqual([{ from: 3, to: 5 }]);
    expect(presenceOf([], 9)).toEqual([]);
  });

  it('begin with nothing when a snapshot has it, which stands for all leaves before it', () => {
    const snapshot: RecordChange = { round: 6, first: 0, op: 'add', alone: false };
    expect(rangesOf([snapshot])).toEqual([{ from: 0, to: 7 }]);
    expect(presenceOf([snapshot], 8)).toEqual([{ from: 0, to: 9 }]);
    expect(presenceOf([snapshot, { round: 8, first: 8, op: 'remove', alone: true }], 9)).toEqual([
      { from: 0, to: 9 },
    ]);
  });
});

describe('the text of a multirange', () => {
  it('is what PostgreSQL reads', () => {
    expect(multirangeText(rangesOf([4, 1].map((round) => ({ round, first: round }))))).toBe('{[4,5),[1,2)}');
    expect(multirangeText([])).toBe('{}');
  });
});
