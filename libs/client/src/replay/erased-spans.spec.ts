import { describe, expect, it } from '@jest/globals';
import { ErasedSpans } from './erased-spans.js';
import type { TimelineItem, TimelineRound } from './timeline.js';

const erased = (index: number, channel: string): TimelineItem => ({
  kind: 'erased',
  index,
  channel,
  lines: [{ line: 0, prev: null }],
});
const erase = (index: number, ...of: number[]): TimelineItem => ({
  kind: 'statement',
  index,
  statement: { kind: 'erase', lines: of.map((one) => ({ index: one, line: 0 })), reason: 'legal', time: 1 },
});
const round = (feed: string, logSize: number): TimelineItem => ({
  kind: 'round',
  round: { feed, round: 0, logSize, types: [] } as TimelineRound,
});

describe('ErasedSpans', () => {
  const timeline = [
    erased(3, 'csam'),
    round('csam', 4),
    round('tvec', 4),
    round('csam', 9),
    erase(9, 3, 7),
    round('csam', 10),
  ];
  const spans = new ErasedSpans(timeline);

  it('hide the rounds of the channel between a line and its erasure', () => {
    const hidden = [3, 4, 9, 10].map((size) => spans.hides('csam', size));
    expect(hidden).toEqual([false, true, true, false]);
    expect(spans.hides('tvec', 4)).toBe(false);
    expect(spans.countHidden(timeline)).toBe(2);
  });

  it('say of which channels a statement erases lines, as far as they are known', () => {
    expect([spans.channelsAt(9), spans.channelsAt(3)]).toEqual([['csam'], []]);
  });
});
