import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leafHash } from '#libs/tlog';
import type { ProjectionState } from '../projection/state.js';
import type { HistoryWriter } from '../projection/history.arbitrary.js';
import { anyMutation, mutated, refusalOf } from '../refusal.arbitrary.js';
import { meetsState } from './state-encoder.js';
import { STATE_LEAVES, stateRoot } from './state-leaves.js';
import {
  anyHistory,
  exampleHistory,
  leavesOf,
  openState,
  projectOn,
  SALTS,
  stateAt,
  statementOf,
} from './state.arbitrary.js';

/** A history and a place in it. */
const anyPlace = fc
  .tuple(anyHistory, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([history, part]) => ({ history, size: 1 + Math.floor(part * (history.size - 1)) }));

/** Whether a replay may begin there: no erasure that is still to come concerns what is in the state. */
function isWhole({ history, size }: { history: HistoryWriter; size: number }): boolean {
  return history.inputs
    .slice(size)
    .every(
      ({ statement }) => statement.kind !== 'erase' || statement.lines.every(({ index }) => index >= size),
    );
}

/** What is the same before and after: everything but erased lines, which nothing to come may name, reasons of the past, the order of members and that of labels. */
function compared(state: ProjectionState): unknown {
  const channels = [...state.channels].map(([name, channel]) => {
    const signals = [...channel.signals].map(([type, byKey]) => {
      const comparedSignals = [...byKey].map(([key, { reason: _, operations, ...signal }]) => {
        const inLogOrder = [...operations.values()]
          .flat()
          .sort((a, b) => a.index - b.index || a.line - b.line);
        const spelled = inLogOrder.map((one) => ({ ...one, labels: [...one.labels].sort((a, b) => a - b) }));
        return [key, { ...signal, operations: spelled }] as const;
      });
      return [type, new Map(comparedSignals)] as const;
    });
    return [name, { ...channel, signals: new Map(signals) }] as const;
  });
  return { ...state, channels: new Map(channels), erasedLines: null };
}

describe('a state', () => {
  describe('when it is opened from its leaves', () => {
    it('is what the projection reached', () => {
      fc.assert(
        fc.property(anyPlace, ({ history, size }) => {
          const state = stateAt(history, size);
          const opened = openState(statementOf(state), leavesOf(state));
          expect(compared(opened)).toEqual(compared(state));
        }),
        { numRuns: 60 },
      );
    });

    it('has one spelling', () => {
      fc.assert(
        fc.property(anyPlace, ({ history, size }) => {
          const leaves = leavesOf(stateAt(history, size));
          expect(leavesOf(openState(statementOf(stateAt(history, size)), leaves))).toEqual(leaves);
        }),
        { numRuns: 40 },
      );
    });

    it('is projected on as from zero', () => {
      fc.assert(
        fc.property(anyPlace.filter(isWhole), ({ history, size }) => {
          const state = stateAt(history, size);
          const opened = openState(statementOf(state), leavesOf(state));
          expect(projectOn(opened, history)).toEqual(projectOn(state, history));
          expect(statementOf(opened)).toEqual(statementOf(state));
        }),
        { numRuns: 60 },
      );
    });
  });

  describe('when a verifier has reached it by itself', () => {
    it('meets the statement, and no other state does', () => {
      fc.assert(
        fc.property(anyPlace, anyPlace, ({ history, size }, other) => {
          const statement = statementOf(stateAt(history, size));
          expect(meetsState(stateAt(history, size), statement, SALTS)).toBe(true);
          const wrong = stateAt(other.history, other.size);
          const same = JSON.stringify(leavesOf(wrong)) === JSON.stringify(leavesOf(stateAt(history, size)));
          expect(meetsState(wrong, statement, SALTS)).toBe(same);
        }),
        { numRuns: 30 },
      );
    });
  });

  describe('when one byte of a leaf is changed', () => {
    const state = stateAt(exampleHistory(), exampleHistory().size);
    const statement = statementOf(state);
    const leaves = leavesOf(state);
    const filled = leaves.flatMap((leaf, number) => (leaf.length > 16 ? [number] : []));
    const changed = (number: number, leaf: Uint8Array) =>
      leaves.map((one, at) => (at === number ? leaf : one));

    it('is refused, and what can be read of it is spelled no second way', () => {
      let read = 0;
      fc.assert(
        fc.property(fc.constantFrom(...filled), anyMutation, (number, mutation) => {
          const others = changed(number, mutated(leaves[number]!, mutation));
          const refusal = refusalOf(() => openState(statement, others));
          expect(refusal).not.toBeNull();
          if (refusal!.code !== 'ROOT_MISMATCH') return;
          read += 1;
          // The root over the changed leaves is met only by what spells them so.
          const forged = { ...statement, root: stateRoot(others.map(leafHash)) };
          const salts = others.map((leaf) => leaf.slice(0, 16));
          expect(meetsState(openState(forged, others), forged, salts)).toBe(true);
        }),
        { numRuns: 400 },
      );
      expect(read).toBeGreaterThan(0);
    });

    it('is refused when it is a salt or a chunk of no signals', () => {
      for (let number = 0; number < STATE_LEAVES; number++) {
        const others = changed(number, mutated(leaves[number]!, [number % 16, 1]));
        expect(refusalOf(() => openState(statement, others))?.code).toBe('ROOT_MISMATCH');
      }
    });
  });
});
