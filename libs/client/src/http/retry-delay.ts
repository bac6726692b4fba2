const FIRST_PAUSE_MS = 250;
const GREATEST_BACKOFF_MS = 10_000;

/** Milliseconds to wait after attempt number `attempt` (from 1): doubling, with jitter so that clients do not march in step. */
export function backoff(attempt: number, random: () => number): number {
  const full = Math.min(GREATEST_BACKOFF_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
  return full * (0.5 + random() / 2);
}

/** Milliseconds that a `Retry-After` header (RFC 9110 §10.2.3) asks for: seconds or a date; null when there is none. */
export function retryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
