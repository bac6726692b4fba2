import DataLoader from 'dataloader';
import type { Caller } from '#libs/access';
import type { MemberStanding, PersonStanding } from '#libs/membership';
import { ApiError } from './api-error.js';

/** What resolvers know of a request besides its arguments. */
export interface RequestContext {
  readonly caller: Caller;
  readonly requestId: string;
  /** What reads for many fields of this request at once, by whom it was made. */
  readonly loaders: Map<object, unknown>;
}

/** A context for a request that begins. */
export function requestContext(caller: Caller, requestId: string): RequestContext {
  return { caller, requestId, loaders: new Map() };
}

/** The loader of one owner in one request: what fields ask it for in one turn is read together. */
export function loaderOf<Key, Value>(
  { loaders }: RequestContext,
  owner: object,
  read: (keys: readonly Key[]) => Promise<Value[]>,
): DataLoader<Key, Value> {
  const loader = (loaders.get(owner) as DataLoader<Key, Value> | undefined) ?? new DataLoader(read);
  loaders.set(owner, loader);
  return loader;
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

/**
 * The person that calls; for the compiler, like `requireMember`.
 *
 * @throws ApiError `UNAUTHENTICATED`
 */
export function requirePerson({ caller }: RequestContext): PersonStanding {
  if (caller.role === 'person') return caller.person;
  throw new ApiError('UNAUTHENTICATED', 'this field needs a login');
}
