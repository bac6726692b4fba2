import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refusal } from './feed.arbitrary.js';
import type { RoundPack, RoundTypeChange } from './round.js';
import { computeSetRoot } from './set-root.js';
import { TypeChain, type ChainLink, type TypeStanding } from './type-chain.js';

const EMPTY: TypeStanding = { size: 0, count: 0, root: 'r0' };
const NOTHING: TypeStanding = { ...EMPTY, root: Buffer.from(computeSetRoot(new Map())).toString('hex') };

/** What leads from one count to a greater one, by packs of so many bytes. */
function change(from: number, to: number, bytes: readonly number[]): RoundTypeChange {
  const packs = bytes.map((size, at): RoundPack => {
    const count = at === bytes.length - 1 ? to : from + at + 1;
    const before = at === 0 ? from : from + at;
    const sums = { added: count - before, updated: 0, removed: 0, count };
    return { digest: `${from}-${to}-${at}`, bytes: size, ...sums, root: `r${count}` };
  });
  return { type: 'pdq', count: to, root: `r${to}`, packs };
}

/** A chain of rounds at the leaves 0, 1, … each of which adds 100 records, in packs of those lengths. */
function chainOf(rounds: readonly (readonly number[])[], start = EMPTY): TypeChain {
  const chain = new TypeChain(start);
  rounds.forEach((bytes, index) => chain.addRound(index, change(100 * index, 100 * index + 100, bytes)));
  return chain;
}

const indexes = (links: readonly ChainLink[]): number[] => links.map(({ index }) => index);
/** A rollup of the rounds that those leaves are. */
const rollup = (chain: TypeChain, index: number, from: number, to: number, bytes = 1): void =>
  chain.addRollup(index, { from, to }, change(100 * from, 100 * to, [bytes]));

describe('TypeChain', () => {
  describe('when there are rounds only', () => {
    it('leads over all of them, each with the root that it applies to', () => {
      const chain = chainOf([[5], [5, 5]]);
      expect(chain.cover().links).toMatchObject([
        { kind: 'round', index: 0, root: 'r0' },
        { kind: 'round', index: 1, root: 'r100' },
      ]);
      expect(chain.end).toEqual({ size: 2, count: 200, root: 'r200' });
    });

    it('passes over those below the start', () => {
      const chain = chainOf([[5], [5], [5]], { size: 2, count: 200, root: 'r200' });
      expect(indexes(chain.cover().links)).toEqual([2]);
    });

    it('refuses one whose count does not follow', () => {
      const chain = chainOf([[5]]);
      expect(refusal(() => chain.addRound(1, change(101, 200, [5])))).toBe('inconsistent-round');
    });
  });

  describe('when there are rollups', () => {
    it('takes one in place of its rounds', () => {
      const chain = chainOf([[5], [5], [5], [5]]);
      rollup(chain, 3, 0, 3);
      expect(chain.cover().links).toMatchObject([
        { kind: 'rollup', index: 3, root: 'r0' },
        { kind: 'round', index: 3, root: 'r300' },
      ]);
    });

    it('passes over one that begins or ends below the start', () => {
      const chain = chainOf([[5], [5], [5]], { size: 1, count: 100, root: 'r100' });
      rollup(chain, 3, 0, 3);
      rollup(chain, 3, 0, 1);
      chain.addRollup(3, { from: 0, to: 0 }, change(7, 9, [1]));
      expect(indexes(chain.cover().links)).toEqual([1, 2]);
    });

    it('takes of two with as few packs the one with fewer bytes', () => {
      const chain = chainOf([[5], [5], [5]]);
      rollup(chain, 4, 0, 2, 9);
      rollup(chain, 5, 1, 3, 8);
      expect(indexes(chain.cover().links)).toEqual([0, 5]);
    });

    it('never needs more packs or bytes than any other way', () => {
      const anyRounds = fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }), {
        minLength: 1,
        maxLength: 7,
      });
      const anyRollups = fc.array(fc.tuple(fc.nat(6), fc.nat(6), fc.integer({ min: 1, max: 30 })));
      fc.assert(
        fc.property(anyRounds, anyRollups, (rounds, wishes) => {
          const chain = chainOf(rounds);
          const spans = wishes
            .map(([a, b, bytes]) => ({ from: Math.min(a, b), to: Math.max(a, b), bytes }))
            .filter(({ from, to }) => from < to && to <= rounds.length);
          spans.forEach(({ from, to, bytes }, i) => rollup(chain, 100 + i, from, to, bytes));
          const all = [
            ...rounds.map((bytes, at) => ({ from: at, to: at + 1, packs: bytes.length, bytes: sum(bytes) })),
            ...spans.map((span) => ({ ...span, packs: 1 })),
          ];
          const { links } = chain.cover();
          expect(costOf(links)).toEqual(cheapest(all, rounds.length));
          let root = 'r0';
          for (const link of links) {
            expect(link.root).toBe(root);
            root = link.packs.at(-1)!.root;
          }
          expect(root).toBe(chain.end.root);
        }),
      );
    });
  });

  describe('when a rollup is not that of its rounds', () => {
    it.each<[string, number, number, RoundTypeChange]>([
      ['leads to another root', 0, 2, { ...change(0, 200, [1]), root: 'other' }],
      ['leads to another count', 0, 2, { ...change(0, 201, [1]), root: 'r200' }],
      ['begins with another count', 1, 2, change(0, 200, [1])],
      ['is of leaves that do not change the type', 3, 9, change(200, 300, [1])],
    ])('refuses one that %s', (_, from, to, wrong) => {
      const chain = chainOf([[5], [5], [5]]);
      expect(refusal(() => chain.addRollup(9, { from, to }, wrong))).toBe('wrong-rollup');
    });

    it('holds one that begins below the start to where it ends', () => {
      const chain = chainOf([[5], [5]], { size: 1, count: 100, root: 'r100' });
      const wrong = { ...change(0, 200, [1]), root: 'other' };
      expect(refusal(() => chain.addRollup(2, { from: 0, to: 2 }, wrong))).toBe('wrong-rollup');
    });
  });
});

describe('TypeChain with snapshots', () => {
  /** Three rounds, a snapshot at leaf 3, and when wanted a horizon at it; then a round at leaf 5. */
  const chainWith = (start: TypeStanding, horizon: boolean): TypeChain => {
    const chain = chainOf([[5], [5], [5]], start);
    chain.addSnapshot(3, change(0, 300, [7]));
    if (horizon) chain.addHorizon(4, 3);
    chain.addRound(5, change(300, 400, [5]));
    return chain;
  };
  const at = (size: number): TypeStanding => ({ size, count: 100 * size, root: `r${100 * size}` });
  const coverOf = (chain: TypeChain): [boolean, number[]] => {
    const { anew, links } = chain.cover();
    return [anew, indexes(links)];
  };

  it.each<[string, TypeStanding, boolean, [boolean, number[]]]>([
    ['begins with it when nothing is held', NOTHING, false, [false, [3, 5]]],
    ['begins with it when nothing is held and nothing else is served', NOTHING, true, [false, [3, 5]]],
    ['goes on from a set while its rounds are served', at(1), false, [false, [1, 2, 5]]],
    ['begins anew with it when the rounds after a set are not served', at(1), true, [true, [3, 5]]],
    ['goes on from a set that the snapshot is of', at(3), true, [false, [5]]],
  ])('%s', (_, start, horizon, expected) => {
    expect(coverOf(chainWith(start, horizon))).toEqual(expected);
  });

  it('takes no rollup that was announced below the horizon, nor stands for it', () => {
    const chain = chainOf([[5], [5]], NOTHING);
    rollup(chain, 2, 0, 2);
    chain.addSnapshot(3, change(0, 200, [7]));
    chain.addHorizon(4, 3);
    expect(coverOf(chain)).toEqual([false, [3]]);
    expect(refusal(() => rollup(chain, 5, 0, 2))).toBe('wrong-rollup');
  });

  it('passes over what a set was pulled with', () => {
    const chain = chainOf([[5], [5], [5]], at(3));
    chain.addSnapshot(2, change(0, 999, [7]));
    chain.addHorizon(3, 2);
    expect(coverOf(chain)).toEqual([false, []]);
  });

  it('trusts a horizon whose snapshot is before the leaves that are given', () => {
    const chain = new TypeChain(NOTHING, 7);
    chain.addHorizon(7, 6);
    expect(coverOf(chain)).toEqual([false, []]);
  });

  it.each<[string, (chain: TypeChain) => void, string]>([
    ['a snapshot of another set', (chain) => chain.addSnapshot(3, change(0, 299, [7])), 'wrong-snapshot'],
    [
      'a snapshot with another root',
      (chain) => chain.addSnapshot(3, { ...change(0, 300, [7]), root: 'x' }),
      'wrong-snapshot',
    ],
    ['a horizon without a snapshot', (chain) => chain.addHorizon(4, 3), 'wrong-horizon'],
    [
      'a horizon that does not follow its snapshot at once',
      (chain) => (chain.addSnapshot(3, change(0, 300, [7])), chain.addHorizon(5, 3)),
      'wrong-horizon',
    ],
  ])('refuses %s', (_, act, code) => {
    expect(refusal(() => act(chainOf([[5], [5], [5]])))).toBe(code);
  });

  it('refuses when nothing that is served leads to the end', () => {
    const chain = new TypeChain({ ...EMPTY, root: 'other' }, 3);
    chain.addRound(0, change(0, 100, [5]));
    chain.addHorizon(3, 2);
    expect(refusal(() => chain.cover())).toBe('wrong-horizon');
  });
});

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const costOf = (links: readonly ChainLink[]): [number, number] => [
  sum(links.map(({ packs }) => packs.length)),
  sum(links.flatMap(({ packs }) => packs.map(({ bytes }) => bytes))),
];

interface Step {
  readonly from: number;
  readonly to: number;
  readonly packs: number;
  readonly bytes: number;
}

/** The least number of packs, and of bytes with so many, by trying every way. */
function cheapest(steps: readonly Step[], to: number): [number, number] {
  if (to === 0) return [0, 0];
  const ways = steps
    .filter((step) => step.to === to)
    .map(({ from, packs, bytes }): [number, number] => {
      const [before, size] = cheapest(steps, from);
      return [before + packs, size + bytes];
    });
  return ways.sort((a, b) => a[0] - b[0] || a[1] - b[1])[0]!;
}
