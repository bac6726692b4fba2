import { signalTypeByName, SIGNAL_TYPES } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { FeedState, TypeState } from '../store/feed-state.js';

/** Which types a pull is to bring up to date; null for all. */
export type Selection = readonly string[] | null;

/**
 * The types asked for; when nothing is asked, those of the last pull, and all at the first.
 *
 * @throws ClientError `OPTION_INVALID` for a type that does not exist: a typing error must not look like an empty feed
 */
export function selectionOf(
  asked: readonly string[] | 'all' | undefined,
  state: FeedState | null,
): Selection {
  if (asked === 'all') return null;
  if (asked === undefined) return state?.selection ?? null;
  const types = [...new Set(asked)].sort();
  if (types.length > 0 && types.every((type) => signalTypeByName(type) !== undefined)) return types;
  const names = SIGNAL_TYPES.map(({ name }) => name).join(', ');
  throw new ClientError('OPTION_INVALID', 'type', `must be one of ${names}, or all`);
}

/** Whether a selection asks for nothing that was not followed from the first round on. */
export function isFollowed(selection: Selection, state: FeedState | null): boolean {
  if (state === null) return false;
  const before = state.selection;
  return before === null || (selection !== null && selection.every((type) => before.includes(type)));
}

/** Whether two selections are the same. */
export function sameSelection(a: Selection, b: Selection): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * The types of a state that a selection keeps. The others are dropped: a list that is no longer updated would go on to
 * match what its members have long withdrawn.
 */
export function keptTypes(state: FeedState | null, selection: Selection): Record<string, TypeState> {
  const types = Object.entries(state?.types ?? {});
  return Object.fromEntries(types.filter(([type]) => selection === null || selection.includes(type)));
}
