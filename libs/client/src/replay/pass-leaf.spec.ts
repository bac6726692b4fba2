import { describe, expect, it } from '@jest/globals';
import type { HorizonLeaf, IdleRound, RollupLeaf, RoundTypeChange, SnapshotLeaf } from '#libs/protocol';
import { firstState, progressOf, type FeedProgress } from './gather-state.js';
import { passLeaf } from './pass-leaf.js';
import { endWithoutRollup } from './rollup-progress.js';

const ROOT = 'a'.repeat(64);
const HEAD = { feed: 'csam', time: 1, log: { size: 1, root: ROOT }, nonce: '0'.repeat(32) };
const IDLE: IdleRound = { kind: 'idle', ...HEAD };
const CHANGE: RoundTypeChange = { type: 'md5', count: 3, root: ROOT, packs: [] };

const rollup = (change: Partial<RoundTypeChange>): RollupLeaf => ({
  ...{ kind: 'rollup', ...HEAD, from: 0, to: 16 },
  changes: [{ ...CHANGE, ...change }],
});
const snapshot: SnapshotLeaf = { kind: 'snapshot', ...HEAD, changes: [CHANGE] };
const horizon = (type: string, size: number): HorizonLeaf => ({
  ...{ kind: 'horizon', ...HEAD },
  horizons: [{ type, size }],
});

/** A feed of so many idle leaves, which the set of a type came through. */
function after(leaves: number): FeedProgress {
  const progress = progressOf(firstState('hub.example', 'auditor'), 'csam');
  for (let index = 0; index < leaves; index++) {
    expect(passLeaf('csam', index, IDLE, progress)).toEqual([]);
    progress.rounds = index + 1;
  }
  progress.types['md5'] = { count: 3, root: ROOT };
  return progress;
}

const kinds = (found: readonly { kind: string }[]): string[] => found.map(({ kind }) => kind);

describe('a leaf whose packs are not read', () => {
  it.each<[string, Partial<RoundTypeChange>, Record<string, number>, string[]]>([
    ['with the count and root after its rounds', {}, {}, []],
    ['with another count', { count: 4 }, {}, ['wrong_rollup']],
    ['with another root', { root: 'b'.repeat(64) }, {}, ['wrong_rollup']],
    ['of a type that no round names', { type: 'pdq' }, {}, ['wrong_rollup']],
    ['that begins below the horizon of the type', {}, { md5: 1 }, ['wrong_rollup']],
  ])('is a rollup %s', (_, change, horizons, expected) => {
    const progress = Object.assign(after(16), { horizons });
    expect(kinds(passLeaf('csam', 16, rollup(change), progress))).toEqual(expected);
  });

  it.each<[string, HorizonLeaf, number, string[]]>([
    ['right behind its snapshot', horizon('md5', 5), 6, []],
    ['later than that', horizon('md5', 5), 7, ['wrong_snapshot']],
    ['at another leaf', horizon('md5', 4), 6, ['wrong_snapshot']],
    ['of another type', horizon('pdq', 5), 6, ['wrong_snapshot']],
  ])('is a horizon %s', (_, leaf, index, expected) => {
    const progress = after(5);
    expect(passLeaf('csam', 5, snapshot, progress)).toEqual([]);
    expect(kinds(passLeaf('csam', index, leaf, progress))).toEqual(expected);
  });
});

describe('the end of a feed', () => {
  it('is not where a rollup is due', () => {
    expect(endWithoutRollup('csam', after(15))).toBeNull();
    const progress = after(16);
    expect(endWithoutRollup('csam', progress)).toMatchObject({ kind: 'wrong_rollup', round: 16 });
    expect(passLeaf('csam', 16, rollup({}), progress)).toEqual([]);
    expect(endWithoutRollup('csam', progress)).toBeNull();
  });
});
