import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is true; false when that took longer than allowed. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  everyMs = 25,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await sleep(everyMs);
  }
}

/** Waits for work, but no longer than allowed. */
export async function within<T>(
  work: Promise<T>,
  timeoutMs: number,
): Promise<{ done: true; value: T } | { done: false }> {
  const timer = new AbortController();
  const late = sleep(timeoutMs, { done: false } as const, { signal: timer.signal, ref: true });
  late.catch(() => undefined);
  try {
    return await Promise.race([work.then((value) => ({ done: true, value }) as const), late]);
  } finally {
    timer.abort();
  }
}

/** Exponential back-off with full jitter: between half of and the whole of `firstMs · 2^attempt`, at most `mostMs`. */
export function backoff(attempt: number, firstMs: number, mostMs: number, random = Math.random): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** attempt);
  return ceiling * (0.5 + random() / 2);
}
