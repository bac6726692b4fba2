import { PackError } from './pack-error.js';
import { validateRound } from './round-validation.js';
import { MAX_ROUND_BYTES, ROUND_VERSION, type Round } from './round.js';

/**
 * The exact text of a round's leaf: members in their one order, no white space, ASCII only.
 *
 * @throws PackError when the round breaks a rule of {@link readRound}, `round-oversize` above 65,535 bytes
 */
export function encodeRound(round: Round): string {
  const text = canonicalText(validateRound({ cairn: ROUND_VERSION, ...round }));
  if (text.length > MAX_ROUND_BYTES) throw new PackError('round-oversize', 'round: above 65,535 bytes');
  return text;
}

/**
 * Reads the leaf of a round: `value` is what a strict JSON parser made of `text`. Only the text that
 * {@link encodeRound} would write is accepted.
 *
 * @throws PackError `unsupported-version`, `unknown-kind`, `bad-round`,
 *   `unknown-member`, `unsorted-types`, `inconsistent-round`, `round-oversize`, `not-canonical-round`
 */
export function readRound(value: unknown, text: string): Round {
  if (text.length > MAX_ROUND_BYTES) throw new PackError('round-oversize', 'round: above 65,535 bytes');
  const round = validateRound(value);
  if (canonicalText(round) !== text)
    throw new PackError('not-canonical-round', 'round: not its canonical text');
  return round;
}

/**
 * Of a validated round, whose objects have their members in order. Every string in it is ASCII that JSON need not
 * escape, so there is one spelling of each.
 */
function canonicalText(round: Round): string {
  return JSON.stringify({ cairn: ROUND_VERSION, ...round });
}
