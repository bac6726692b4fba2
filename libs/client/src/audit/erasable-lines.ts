import { comparePlaces, MOST_ERASED_LINES, type LinePlace } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { AskHub } from '../http/graphql.js';
import { readHistory, type TracedSignal } from './signal-history.js';

/**
 * Every line about a value in a channel that is not erased: what an erasure of the value names. For staff.
 *
 * @throws ClientError `NOT_FOUND` when there is none, `OPTION_INVALID` when they are more than one erasure may name, or as `readHistory` does
 */
export async function findErasableLines(ask: AskHub, signal: TracedSignal): Promise<LinePlace[]> {
  const { events } = await readHistory(ask, signal);
  const lines = events.flatMap(({ kind, index, line }) =>
    line !== null && kind !== 'ERASED' ? [{ index, line }] : [],
  );
  if (lines.length <= MOST_ERASED_LINES) return lines.sort(comparePlaces);
  const rule = `is said in ${lines.length} lines: erase at most ${MOST_ERASED_LINES} at a time with --lines, the earliest first`;
  throw new ClientError('OPTION_INVALID', '--value', rule);
}
