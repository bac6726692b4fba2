import type { Caller } from '#libs/access';
import { ApiError } from '../graphql/api-error.js';

/** Only a hash is as long in hex, however its digits are grouped: what is written here stays when its value is erased. */
const GROUPING = /[\s:-]/g;
const LONG_HEX = /[0-9a-f]{32}/i;
const PURPOSE = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

/**
 * Why staff read an author. A member has no need to say why: it is shown no author that others may not know.
 *
 * @throws ApiError `BAD_USER_INPUT`
 */
export function requirePurpose(caller: Caller, purpose: string | null): string | null {
  if (purpose === null || caller.role !== 'person') return null;
  if (LONG_HEX.test(purpose.replaceAll(GROUPING, '')))
    throw new ApiError('BAD_USER_INPUT', 'purpose must not name a value');
  if (PURPOSE.test(purpose) && purpose.trim() !== '') return purpose;
  throw new ApiError('BAD_USER_INPUT', 'purpose must be 1 to 200 printable characters');
}
