import type { HubPolicy } from '../config/hub-policy.js';
import type { AskHub } from '../http/graphql.js';
import { followChain, type ChainGap } from './follow-chain.js';
import { readHistory, type TracedEvent, type TracedSignal } from './signal-history.js';
import { isProved, rejected, requireErasures, verifyEvent } from './verify-event.js';

/** Why a history is not complete. */
export type TraceGap =
  | ChainGap
  /** An entry of the chain whose leaf is not proved to be in the log: no signed checkpoint covers it yet, or the hub keeps the proof back. */
  | { readonly reason: 'unproved'; readonly index: number };

/** What the history of a signal proved to be. */
export interface Trace {
  /** Log size that it is of, as the hub says. */
  readonly size: number;
  /** Where the chain begins: the hub's word. */
  readonly latest: number;
  readonly events: readonly TracedEvent[];
  /** Null when every submission in the chain is there and, under a pinned policy, proved. */
  readonly gap: TraceGap | null;
  /**
   * True when from `latest` back to the first each decision was verified from a leaf that is proved to be in the log. False when there is a gap. Null
   * when there is none, but nothing was given to verify the log with: then all of it is the hub's word.
   */
  readonly complete: boolean | null;
  /** How many events a signed checkpoint covers, verified under the pinned policy; null when none was given to verify with. */
  readonly proved: number | null;
}

/**
 * Reads the history of a signal and verifies what can be verified of it: that it is in log order, that each leaf is what the event says and in
 * the log, that verdict, code and previous index of each entry are those that its leaf commits to, and that no submission is left out of the chain of
 * these. Where the chain begins is the hub's word, and that the line of each entry is about the signal, until the entry itself is proved.
 *
 * @param hub what is pinned; null when nothing is, and then no proof is verified
 * @throws ClientError `PROOF_REJECTED`, naming event and field, or as `readHistory` does
 */
export async function traceSignal(ask: AskHub, signal: TracedSignal, hub: HubPolicy | null): Promise<Trace> {
  const { size, latest, events } = await readHistory(ask, signal);
  requireOrder(events);
  for (const event of events) verifyEvent(event, signal.channel);
  requireErasures(events);
  const proved = hub === null ? null : events.filter((event) => isProved(event, hub));
  const gap = gapOf(latest, events, proved);
  const complete = gap !== null ? false : proved === null ? null : true;
  return { size, latest, events, gap, complete, proved: proved && proved.length };
}

function requireOrder(events: readonly TracedEvent[]): void {
  for (const [i, event] of events.entries()) {
    const before = events[i - 1];
    if (before === undefined || before.index < event.index) continue;
    if (before.index === event.index && (before.line ?? 0) < (event.line ?? 0)) continue;
    throw rejected(event, 'index: is not in log order');
  }
}

function gapOf(
  latest: number,
  events: readonly TracedEvent[],
  proved: readonly TracedEvent[] | null,
): TraceGap | null {
  const entries = events.filter(({ line }) => line !== null);
  const chained = entries.map(({ index, prev, kind, endedBy }) => ({
    ...{ index, prev },
    erasedBy: kind === 'ERASED' ? endedBy : null,
  }));
  const gap = followChain(latest, chained);
  if (gap !== null || proved === null) return gap;
  const told = events.filter(({ line, kind }) => line !== null || kind === 'ERASURE');
  const unproved = told.find((event) => !proved.includes(event));
  return unproved === undefined ? null : { reason: 'unproved', index: unproved.index };
}
