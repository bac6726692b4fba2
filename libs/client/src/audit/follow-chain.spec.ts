import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { followChain, type ChainedEntry } from './follow-chain.js';

/** A chain of submissions, some with several lines about the signal. */
const chains = fc
  .uniqueArray(fc.tuple(fc.nat(10_000), fc.integer({ min: 1, max: 3 })), {
    minLength: 1,
    maxLength: 30,
    selector: ([index]) => index,
  })
  .map((picked) => {
    const sorted = picked.sort(([a], [b]) => a - b);
    const entries = sorted.flatMap(([index, lines], i): ChainedEntry[] =>
      Array.from({ length: lines }, () => ({ index, prev: sorted[i - 1]?.[0] ?? null })),
    );
    return { entries, indexes: sorted.map(([index]) => index) };
  });

describe('followChain', () => {
  describe('when entries were erased', () => {
    const entries = [
      { index: 2, prev: null, erasedBy: 9 },
      { index: 4, prev: 2, erasedBy: 6 },
      { index: 7, prev: 2 },
      { index: 8, prev: 7, erasedBy: 9 },
    ];

    it('passes by what was erased before a decision was logged, and by what was after the latest', () => {
      expect(followChain(7, entries)).toBeNull();
    });

    it('misses one that was not erased yet, and one that no decision leads to', () => {
      expect(followChain(7, entries.slice(1))).toEqual({ reason: 'missing', index: 2 });
      const late = entries.with(1, { index: 4, prev: 2, erasedBy: 8 });
      expect(followChain(7, late)).toEqual({ reason: 'not_in_chain', index: 4 });
      const standing = entries.with(3, { index: 8, prev: 7 });
      expect(followChain(7, standing)).toEqual({ reason: 'not_in_chain', index: 8 });
    });
  });

  it('finds no gap in what is complete, in whatever order it comes', () => {
    fc.assert(
      fc.property(chains, ({ entries, indexes }) => {
        expect(followChain(indexes.at(-1)!, [...entries].reverse())).toBeNull();
      }),
    );
  });

  it('names any submission that is left out', () => {
    fc.assert(
      fc.property(chains, fc.nat(), ({ entries, indexes }, n) => {
        const missing = indexes[n % indexes.length]!;
        const rest = entries.filter(({ index }) => index !== missing);
        expect(followChain(indexes.at(-1)!, rest)).toEqual({ reason: 'missing', index: missing });
      }),
    );
  });

  it('names one that the chain passes by, lines that disagree, and a step that does not go back', () => {
    expect(
      followChain(5, [
        { index: 5, prev: 2 },
        { index: 3, prev: 2 },
        { index: 2, prev: null },
      ]),
    ).toEqual({ reason: 'not_in_chain', index: 3 });
    expect(
      followChain(5, [
        { index: 5, prev: null },
        { index: 5, prev: 2 },
        { index: 2, prev: null },
      ]),
    ).toEqual({ reason: 'contradiction', index: 5 });
    for (const prev of [5, 6])
      expect(followChain(5, [{ index: 5, prev }])).toEqual({ reason: 'contradiction', index: 5 });
  });
});
