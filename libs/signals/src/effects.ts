/**
 * Values of `cairn.entry.effect`: whether an entry has effect at its place in the log, and if not, why. The position is the
 * stored number.
 */
export const EFFECTS = [
  'effective',
  'member_not_active',
  'key_not_active',
  'no_right_to_submit',
  'type_not_in_channel',
  'not_accepted',
] as const;

export type Effect = (typeof EFFECTS)[number];

/** The stored number of an effect. */
export function effectCode(effect: Effect): number {
  return EFFECTS.indexOf(effect);
}
