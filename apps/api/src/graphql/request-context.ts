import DataLoader from 'dataloader';
import type { Caller } from '#libs/access';
import type { MemberStanding, PersonStanding } from '#libs/membership';
import { ApiError } from './api-error.js';

/** What resolvers know of a request besides its arguments. */
export interface RequestContext {
  readonly caller: Caller;
  readonly requestId: string;
  /** Where the request comes from, as far as the hub can know; only to count by. */
  readonly address: string;
  /** What reads for many fields of this request at once, by whom it was made. */
  readonly loaders: Map<object, unknown>;
}

/** A context for a request that begins. */
export function requestContext(caller: Caller, requestId: string, address: string): RequestContext {
  return { caller, requestId, address, loaders: new Map() };
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

/**
 * Id of the application whose secret the caller showed; for the compiler, like `requireMember`.
 *
 * @throws ApiError `UNAUTHENTICATED`
 */
export function requireApplicant({ caller }: RequestContext): string {
  if (caller.role === 'applicant') return caller.application;
  throw new ApiError('UNAUTHENTICATED', 'this field needs the secret of an application');
}

/**
 * The member for which the caller acts: a machine for its own, an administrator for the one it administers.
 *
 * @throws ApiError `UNAUTHENTICATED`
 */
export function requireActingMember({ caller }: RequestContext): MemberStanding {
  if (caller.role === 'member') return caller.member;
  if (caller.role === 'person' && caller.person.member !== null) return caller.person.member;
  throw new ApiError('UNAUTHENTICATED', 'this field needs an access token or an administrator of a member');
}
