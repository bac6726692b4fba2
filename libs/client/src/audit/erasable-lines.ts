import { comparePlaces, MOST_ERASED_LINES, type LinePlace } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { AskHub } from '../http/graphql.js';
import { readHistory } from './signal-history.js';

/**
 * Every line about a value in some channels that is not erased: what an erasure of the value names. For staff.
 *
 * @throws ClientError `NOT_FOUND` when a channel has none, `OPTION_INVALID` when they are more than one erasure may name, or as `readHistory` does
 */
export async function findErasableLines(
  ask: AskHub,
  signal: { readonly type: string; readonly value: string },
  channels: readonly string[],
): Promise<LinePlace[]> {
  const lines: LinePlace[] = [];
  for (const channel of new Set(channels)) {
    const { events } = await readHistory(ask, { ...signal, channel });
    for (const { kind, index, line } of events)
      if (line !== null && kind !== 'ERASED') lines.push({ index, line });
  }
  if (lines.length <= MOST_ERASED_LINES) return lines.sort(comparePlaces);
  const rule = `is said in ${lines.length} lines: erase at most ${MOST_ERASED_LINES} at a time, each author's first words first`;
  throw new ClientError('OPTION_INVALID', '--value', rule);
}
