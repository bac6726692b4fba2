import { refused, type AdministrationFailure } from '../administration-result.js';

const REASON = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

/** What is wrong with the reason of an act, or null. */
export function requireReason(reason: string): AdministrationFailure | null {
  if (REASON.test(reason) && reason.trim() !== '') return null;
  return refused('BAD_INPUT', 'reason', 'must be 1 to 200 printable characters');
}
