import type { Caller } from '#libs/access';
import type { MemberStanding } from '#libs/membership';
import { ApiError } from './api-error.js';

/** What resolvers know of a request besides its arguments. */
export interface RequestContext {
  readonly caller: Caller;
  readonly requestId: string;
}

/**
 * The member that calls. The field table has been asked before; this is for the compiler, and for a rule that would let somebody else in.
 *
 * @throws ApiError `UNAUTHENTICATED`
 */
export function requireMember({ caller }: RequestContext): MemberStanding {
  if (caller.role === 'member') return caller.member;
  throw new ApiError('UNAUTHENTICATED', 'this field needs an access token');
}
