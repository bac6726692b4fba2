import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ANCHOR_LIMIT_MS,
  ANCHOR_RECHECK_MS,
  isSettled,
  judgeAnchoring,
  type AheadHead,
  type AnchorFacts,
  type PendingHead,
} from './judge-anchoring.js';

const NOW = 1_000_000_000;
const ROOT = '0'.repeat(64);

/** Times around each other and around the limit, so that both sides of every comparison are met. */
const moment = fc.integer({ min: -3, max: 3 }).map((n) => NOW + n * (ANCHOR_LIMIT_MS / 2));
const size = fc.integer({ min: 1, max: 6 });

const pendingHead: fc.Arbitrary<PendingHead> = fc.record({
  ...{ size, root: fc.constant(ROOT), note: fc.constant('') },
  ...{ time: fc.option(moment), seen: moment },
});
const aheadHead: fc.Arbitrary<AheadHead> = fc.record({
  ...{ size, root: fc.constant(ROOT), index: fc.nat(), leaf: fc.constant(ROOT), time: moment, seen: moment },
});
const facts: fc.Arbitrary<AnchorFacts> = fc.record({
  now: moment,
  logTime: fc.option(moment),
  covered: fc.integer({ min: 0, max: 6 }),
  pending: fc.array(pendingHead, { maxLength: 4 }),
  ahead: fc.option(aheadHead),
  aheadKnown: fc.boolean(),
});

const head: PendingHead = { size: 3, root: ROOT, note: '', time: NOW, seen: NOW };
const calm: AnchorFacts = {
  ...{ now: NOW, logTime: NOW, covered: 0, pending: [head], ahead: null, aheadKnown: false },
};

describe('judgeAnchoring', () => {
  describe('when a head waits', () => {
    it.each([
      ['neither clock has gone on', {}, false],
      ['the log has gone on for five minutes', { logTime: NOW + ANCHOR_LIMIT_MS }, false],
      ['the log has gone on for longer', { logTime: NOW + ANCHOR_LIMIT_MS + 1 }, true],
      ['the reader has waited for five minutes', { now: NOW + ANCHOR_LIMIT_MS }, false],
      ['the reader has waited for longer', { now: NOW + ANCHOR_LIMIT_MS + 1 }, true],
      ['it is covered after all', { now: NOW + 10 * ANCHOR_LIMIT_MS, covered: 3 }, false],
      ['a smaller head is published', { now: NOW + 10 * ANCHOR_LIMIT_MS, covered: 2 }, true],
      ['the reader’s clock was set back', { now: NOW - 10 * ANCHOR_LIMIT_MS }, false],
    ])('%s', (_, change, alarmed) => {
      expect(judgeAnchoring({ ...calm, ...change }).alarm !== null).toBe(alarmed);
    });

    it('gives five minutes more, and not longer, to who set the clock back', () => {
      const now = NOW - 10 * ANCHOR_LIMIT_MS;
      const { pending } = judgeAnchoring({ ...calm, now });
      expect(pending).toMatchObject([{ seen: now }]);
      const later = judgeAnchoring({ ...calm, pending, now: now + ANCHOR_LIMIT_MS + 1 });
      expect(later.alarm).toMatchObject({ kind: 'unanchored' });
    });
  });

  describe('when the log is ahead of the feed', () => {
    const ahead: AheadHead = { size: 4, root: ROOT, index: 9, leaf: ROOT, time: NOW, seen: NOW };
    const late = { ...calm, pending: [], ahead, now: NOW + ANCHOR_LIMIT_MS + 1 };

    it('is an alarm only when that was known before the feed was asked', () => {
      expect(judgeAnchoring({ ...late, aheadKnown: true }).alarm).toMatchObject({ kind: 'kept-back' });
      expect(judgeAnchoring({ ...late, aheadKnown: false }).alarm).toBeNull();
    });
  });

  describe('for any facts', () => {
    it('never lets a covered head wait or raise an alarm', () => {
      fc.assert(
        fc.property(facts, (given) => {
          const { pending, alarm } = judgeAnchoring(given);
          for (const waiting of pending) expect(waiting.size).toBeGreaterThan(given.covered);
          if (alarm?.kind === 'unanchored') expect(pending).toContain(alarm.head);
        }),
      );
    });

    it('drops no head that is not covered', () => {
      fc.assert(
        fc.property(facts, (given) => {
          const sizes = given.pending.map((waiting) => waiting.size).filter((at) => at > given.covered);
          expect(judgeAnchoring(given).pending.map((waiting) => waiting.size)).toEqual(sizes);
        }),
      );
    });

    it('ends every alarm about a head by a statement that covers all', () => {
      fc.assert(
        fc.property(facts, (given) => {
          expect(judgeAnchoring({ ...given, covered: 6 }).alarm?.kind).not.toBe('unanchored');
        }),
      );
    });

    it('never takes an alarm back because time goes on', () => {
      fc.assert(
        fc.property(facts, fc.nat(ANCHOR_LIMIT_MS), fc.nat(ANCHOR_LIMIT_MS), (given, byClock, byLog) => {
          const before = judgeAnchoring(given);
          fc.pre(before.alarm !== null);
          const later = judgeAnchoring({
            ...given,
            ...before,
            now: given.now + byClock,
            logTime: given.logTime === null ? null : given.logTime + byLog,
          });
          expect(later.alarm).not.toBeNull();
        }),
      );
    });
  });
});

describe('isSettled', () => {
  const state = { pending: [], ahead: null, followedAt: NOW };

  it('is so for an hour, in either direction of the clock', () => {
    for (const [after, settled] of [
      [0, true],
      [ANCHOR_RECHECK_MS, true],
      [ANCHOR_RECHECK_MS + 1, false],
      [-ANCHOR_RECHECK_MS - 1, false],
    ] as const)
      expect(isSettled(state, NOW + after)).toBe(settled);
  });

  it('is never so while anything waits, or nothing is known', () => {
    expect(isSettled({ ...state, pending: [head] }, NOW)).toBe(false);
    const ahead = { size: 4, root: ROOT, index: 9, leaf: ROOT, time: NOW, seen: NOW };
    expect(isSettled({ ...state, ahead }, NOW)).toBe(false);
    expect(isSettled(null, NOW)).toBe(false);
  });
});
