const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z$/;

/** What `readMoment` asks for, in words. */
export const MOMENT_RULE = 'must be a moment in UTC such as 2027-01-31T00:00Z';

/** A moment that somebody wrote down, RFC 3339 in UTC; null for any other text, such as one with a 31st of February. */
export function readMoment(text: string): Date | null {
  const moment = new Date(text);
  if (!MOMENT.test(text) || Number.isNaN(moment.getTime())) return null;
  return moment.toISOString().startsWith(text.slice(0, 16)) ? moment : null;
}
