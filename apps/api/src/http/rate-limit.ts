/** Most keys that are remembered; beyond them the one that was counted first is forgotten. */
const MOST_KEYS = 10_000;

/**
 * Counts what each key does in a span of time, in this process alone: several processes allow as many times as much. It keeps a public
 * door from being walked through by the thousand, and guards nothing else.
 */
export class RateLimit {
  private readonly counts = new Map<string, { from: number; count: number }>();

  /** @param milliseconds length of a span, which begins with the first act in it */
  constructor(
    private readonly most: number,
    private readonly milliseconds: number,
  ) {}

  /** Counts one more act of a key; @returns whether it is allowed */
  allows(key: string, now = Date.now()): boolean {
    const known = this.counts.get(key);
    if (known !== undefined && now - known.from < this.milliseconds) {
      known.count += 1;
      return known.count <= this.most;
    }
    this.counts.delete(key);
    this.counts.set(key, { from: now, count: 1 });
    if (this.counts.size > MOST_KEYS) this.counts.delete(this.counts.keys().next().value!);
    return true;
  }
}
