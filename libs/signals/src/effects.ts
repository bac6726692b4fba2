/**
 * Values of `cairn.entry.effect`: whether an entry has effect at its place in the log, and if not, why. The position is the
 * stored number.
 */
export const EFFECTS = [
  'effective',
  'member_not_active',
  'key_not_active',
  'no_right_to_submit',
  'unknown_channel',
  'type_not_in_channel',
  'unknown_label',
  'not_accepted',
] as const;

export type Effect = (typeof EFFECTS)[number];
