import type { ApplicationFailure } from '#libs/membership';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import type { ApplicationActed } from './own-application.types.js';

/** The good result of an act. */
export type Done = { ok: true; state?: string; number?: number };

/** What an act of the domain lib gave, as GraphQL shows it. */
export function acted(application: string, result: Done | ApplicationFailure): ApplicationActed | ActRefused {
  if (!result.ok) return actRefused(result);
  const { state = null, number = null } = result;
  return { __typename: 'ApplicationActed', application, state, number };
}
