/** Steps of a pull, in their order. */
export type PullStep = 'checkpoint' | 'log' | 'anchor' | 'packs' | 'apply' | 'commit';

/** Milliseconds that each step took. */
export type PullTiming = Readonly<Record<PullStep, number>>;

/** Adds up what the steps of a pull take; `packs` is the waiting for packs to be fetched and opened. */
export class PullClock {
  private readonly spent: Record<PullStep, number> = {
    ...{ checkpoint: 0, log: 0, anchor: 0, packs: 0, apply: 0, commit: 0 },
  };

  /** Does something and counts its time to `step`. */
  async time<T>(step: PullStep, action: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await action();
    } finally {
      this.spent[step] += performance.now() - start;
    }
  }

  /** The items of `source`; waiting for each counts to `step`. */
  async *timeEach<T>(step: PullStep, source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.time(step, () => iterator.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  /** Whole milliseconds so far. */
  timing(): PullTiming {
    const rounded = Object.entries(this.spent).map(([step, ms]) => [step, Math.round(ms)]);
    return Object.fromEntries(rounded) as PullTiming;
  }
}
