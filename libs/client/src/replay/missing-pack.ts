import { ClientError } from '../client-error.js';
import type { LogCopy } from '../log/log-copy.js';
import type { VerifiedHead } from '../log/open-checkpoint.js';
import { readRounds } from '../pull/read-rounds.js';

/** What a replay asks when a pack is not served: nothing to say of it, or an error that ends the run. */
export type OnMissingPack = (type: string, index: number) => Promise<void>;

/**
 * Tells a pack that is missing by right from one that is withheld: the head that the hub serves by now has a horizon of the type past the leaf that
 * announces it (docs/protocol-replay.md).
 *
 * @param copy of the feed, up to the head that the replay reads to
 * @param served the head that the hub serves now
 * @throws ClientError `FEED_BEGAN_ANEW` when it is missing by right, or as reading the new leaves does
 */
export async function requireNoNewHorizon(
  feed: string,
  copy: LogCopy,
  served: VerifiedHead,
  { type, index }: { readonly type: string; readonly index: number },
): Promise<void> {
  if (served.size <= copy.size) return;
  for (const { round } of readRounds(feed, copy.size, await copy.leavesBehind(served), null)) {
    if (round.kind !== 'horizon') continue;
    if (!round.horizons.some((horizon) => horizon.type === type && horizon.size > index)) continue;
    const reason = `the type ${type} began anew while it was replayed; nothing of this step is kept, replay again`;
    throw new ClientError('FEED_BEGAN_ANEW', `feed ${feed}`, reason);
  }
}
