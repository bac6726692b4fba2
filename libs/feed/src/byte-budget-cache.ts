/** How long what was deleted elsewhere may lie in memory at most, in milliseconds. */
export const FORGET_MS = 3_600_000;

/** Keeps what was used last, up to a number of bytes. */
export class ByteBudgetCache<V, K = string> {
  private readonly kept = new Map<K, { value: V; bytes: number }>();
  private total = 0;

  /**
   * @param budget bytes that everything kept may take together
   * @param forgetMs how often everything is forgotten, whether it is asked for or not; never unless given
   */
  constructor(
    private readonly budget: number,
    forgetMs?: number,
  ) {
    if (forgetMs !== undefined) setInterval(() => this.clear(), forgetMs).unref();
  }

  get(key: K): V | undefined {
    const found = this.kept.get(key);
    if (found === undefined) return undefined;
    this.kept.delete(key);
    this.kept.set(key, found);
    return found.value;
  }

  /** As `get`, for one who will set the key at once: it does not count as a use. */
  peek(key: K): V | undefined {
    return this.kept.get(key)?.value;
  }

  /** @param bytes how much memory the value takes, roughly */
  set(key: K, value: V, bytes: number): void {
    this.delete(key);
    this.kept.set(key, { value, bytes });
    this.total += bytes;
    for (const oldest of this.kept.keys()) {
      if (this.total <= this.budget) return;
      this.delete(oldest);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.kept.clear();
    this.total = 0;
  }

  delete(key: K): void {
    this.total -= this.kept.get(key)?.bytes ?? 0;
    this.kept.delete(key);
  }
}
