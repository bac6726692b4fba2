const MS_PER_DAY = 86_400_000;
const FULL_DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

/**
 * Days since 1970-01-01 (UTC) of a `YYYY-MM-DD` date (RFC 3339 full-date), from 1970-01-01 to 9999-12-31; null when there is
 * no such day.
 */
export function parseDay(text: string): number | null {
  // Beyond this form Date.parse may do what it likes (ECMA-262, "Date Time String Format").
  if (!FULL_DATE.test(text)) return null;
  const ms = Date.parse(`${text}T00:00:00Z`);
  // 30 February may be read as 2 March, so the day is written again and compared.
  return ms >= 0 && formatDay(ms / MS_PER_DAY) === text ? ms / MS_PER_DAY : null;
}

/** The `YYYY-MM-DD` date of a day number that `parseDay` can return. */
export function formatDay(day: number): string {
  return new Date(dayStart(day)).toISOString().slice(0, 10);
}

/** The first millisecond (Unix time) of a day number. */
export function dayStart(day: number): number {
  return day * MS_PER_DAY;
}
