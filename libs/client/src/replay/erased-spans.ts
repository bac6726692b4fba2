import type { TimelineItem } from './timeline.js';

/** Log sizes at which a feed announced what an erased line had led to: above `from` and not above `to`. */
interface ErasedSpan {
  /** Log index of the submission. */
  readonly from: number;
  /** Log index of the `erase` statement. */
  readonly to: number;
}

/** Rounds that no replay can be held to, since what they announced rests on lines that were erased later; by channel. */
export class ErasedSpans {
  private readonly spans = new Map<string, ErasedSpan[]>();

  /** @param timeline in which erased lines come before the statements that name them */
  constructor(timeline: readonly TimelineItem[]) {
    const channels = new Map<number, string>();
    for (const item of timeline) {
      if (item.kind === 'erased') channels.set(item.index, item.channel);
      if (item.kind !== 'statement' || item.statement.kind !== 'erase') continue;
      for (const { index } of item.statement.lines) this.add(channels.get(index), index, item.index);
    }
  }

  /** Whether a round of a feed with that `log.size` cannot be compared any more. */
  hides(feed: string, logSize: number): boolean {
    return this.spans.get(feed)?.some(({ from, to }) => from < logSize && logSize <= to) === true;
  }

  /** Channels of which the statement at a log index erases lines. */
  channelsAt(index: number): string[] {
    return [...this.spans]
      .filter(([, spans]) => spans.some(({ to }) => to === index))
      .map(([channel]) => channel);
  }

  /** Rounds of the timeline that cannot be compared. */
  countHidden(timeline: readonly TimelineItem[]): number {
    return timeline.filter((item) => item.kind === 'round' && this.hides(item.round.feed, item.round.logSize))
      .length;
  }

  private add(channel: string | undefined, from: number, to: number): void {
    if (channel === undefined) return;
    const spans = this.spans.get(channel) ?? [];
    if (!spans.some((span) => span.from === from && span.to === to)) spans.push({ from, to });
    this.spans.set(channel, spans);
  }
}
