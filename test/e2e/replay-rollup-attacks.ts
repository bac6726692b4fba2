import { describe, expect, it } from '@jest/globals';
import type { Difference } from '#libs/client';
import type { Change, RollupLeaf, Round } from '#libs/protocol';
import type { RollupLies } from '../client/support/fold-rounds.js';
import type { Lies } from './lying-hub.js';

export const OTHER_METADATA = Uint8Array.of(1, 1, 0, 2, 1, 2, 3, 1, 3);

/** Makes the numbers of a leaf agree again; the set root does not. */
function recounted({ changes }: RollupLeaf): void {
  for (const { count, packs } of changes) packs[0]!.count = count;
}

/** What a replay says of rollups that are wrong, each the one of the first 16 steps of the feed. */
export function rollupAttacks(
  differencesOf: (lies: Lies) => Promise<Difference[]>,
  isOf8: (change: Change) => boolean,
): void {
  describe('when a rollup is not the fold of its rounds', () => {
    const rollup = { kind: 'wrong_rollup', feed: 'csam', round: 16 };

    it.each<[string, RollupLies, object]>([
      [
        'another set root',
        {
          leaf: ({ changes: [type] }) => ((type!.root = '0'.repeat(64)), (type!.packs[0]!.root = type!.root)),
        },
        { type: 'sha256', detail: expect.stringContaining('do not lead') },
      ],
      [
        'a pack that is not the one announced',
        { leaf: ({ changes: [type] }) => type!.packs[0]!.bytes++ },
        { type: 'sha256', detail: expect.stringContaining('bytes') },
      ],
      [
        'other leaves',
        { leaf: (leaf) => leaf.from++ },
        { type: null, detail: expect.stringContaining('from 1') },
      ],
      [
        'another reason for a removal, which no set root shows',
        { changes: (all) => all.map((one) => (one.op === 'remove' ? { ...one, reason: 5 } : one)) },
        { round: 33, type: 'sha256', detail: expect.stringContaining('another reason') },
      ],
      [
        'other metadata in a pack that is announced as what it leads to',
        {
          changes: (all) =>
            all.map((one) => (isOf8(one) && one.op === 'add' ? { ...one, metadata: OTHER_METADATA } : one)),
        },
        { type: 'sha256', detail: expect.stringContaining('other metadata') },
      ],
      [
        'a record left out',
        { changes: (all) => all.filter((one) => !isOf8(one)), leaf: recounted },
        { type: 'sha256', detail: expect.any(String) },
      ],
    ])('says so of one with %s', async (_, rollups, difference) => {
      const differences = await differencesOf({ rollups });
      expect(differences[0]).toMatchObject({ ...rollup, ...difference });
      expect(new Set(differences.map(({ kind }) => kind))).toEqual(new Set(['wrong_rollup']));
    });

    it('misses one that is left out, and does not want one that is too many', async () => {
      const [missed] = await differencesOf({ rounds: (all) => all.filter(({ kind }) => kind !== 'rollup') });
      const wanted = 'where a rollup of the leaves from 0 up to 16 must be';
      expect(missed).toMatchObject({ ...rollup, detail: expect.stringContaining(wanted) });
      const twice = (one: Round): Round[] => (one.kind === 'rollup' ? [one, one] : [one]);
      const [extra] = await differencesOf({ rounds: (all) => all.flatMap(twice) });
      expect(extra).toMatchObject({
        ...{ ...rollup, round: 17 },
        detail: expect.stringContaining('where no rollup must be'),
      });
    });
  });
}
