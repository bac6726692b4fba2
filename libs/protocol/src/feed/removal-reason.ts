/** Why a record left the feed; the position plus one is the code on the wire. Codes are never reused. */
const NAMES = [
  'withdrawn',
  'false_positive',
  'error',
  'superseded',
  'legal',
  'expired',
  'key_compromised',
  'recalled',
  'dispute_upheld',
  'erased',
  'policy',
] as const;
const LATER_REASON = /^reason-([1-9][0-9]{1,2})$/;

export type RemovalReason = (typeof NAMES)[number];

/** Codes of the removal reasons of this version. */
export const REMOVAL_REASON = Object.fromEntries(NAMES.map((name, at) => [name, at + 1])) as Readonly<
  Record<RemovalReason, number>
>;

/** Whether `code` can stand in a pack: 1 to 255. Codes from 12 on belong to later versions and are kept. */
export function isRemovalReason(code: number): boolean {
  return Number.isInteger(code) && code >= 1 && code <= 0xff;
}

/** The word for a code of a pack; `reason-<n>` for a code of a later version. */
export function removalReasonName(code: number): string {
  return NAMES[code - 1] ?? `reason-${code}`;
}

/** The code of a word of {@link removalReasonName}, or null when there is none. */
export function removalReasonCode(name: string): number | null {
  const known = (NAMES as readonly string[]).indexOf(name) + 1;
  if (known > 0) return known;
  const later = Number(LATER_REASON.exec(name)?.[1]);
  return later > NAMES.length && later <= 0xff ? later : null;
}
