import { equalBytes } from '#libs/tlog';
import { encodeMetadata } from '../feed/index.js';
import { dayStart } from '../submission/day.js';
import { evaluateClaims, type StandingClaim } from './evaluate.js';
import type { ChannelState, ProjectionState, RecordChange, SignalState } from './state.js';

/** A signal whose record may have changed. */
export interface Affected {
  channel: string;
  type: string;
  signal: SignalState;
}

/** The signals of the channels that match, found by looking at all: what a database has indexes for. */
export function affectedBy(
  channels: Iterable<[string, ChannelState]>,
  matches: (signal: SignalState) => boolean,
): Affected[] {
  const affected: Affected[] = [];
  for (const [channel, { signals }] of channels) {
    for (const [type, byKey] of signals) {
      for (const signal of byKey.values()) {
        if (matches(signal)) affected.push({ channel, type, signal });
      }
    }
  }
  return affected;
}

/** Brings the records of the affected signals up to date and returns those that changed. */
export function reevaluate(state: ProjectionState, affected: Iterable<Affected>): RecordChange[] {
  const changes: RecordChange[] = [];
  for (const { channel, type, signal } of affected) {
    const { corroboration } = state.channels.get(channel)!.policy;
    const metadata = evaluateClaims(standingClaims(state, signal), corroboration);
    const before = signal.metadata;
    const after = metadata === null ? null : encodeMetadata(metadata);
    if (sameBytes(before, after)) continue;
    signal.metadata = after;
    changes.push({ channel, type, key: signal.key, before, after, reason: signal.reason });
  }
  return changes;
}

/** Each member's last operation that is not void, where it is an assertion that has not expired. */
function standingClaims(state: ProjectionState, signal: SignalState): StandingClaim[] {
  const claims: StandingClaim[] = [];
  for (const [member, operations] of signal.operations) {
    const last = operations.findLast((operation) => !operation.void);
    if (last?.op !== 'assert' || hasExpired(last.expires, state.now)) continue;
    const { code, group, accredited, status } = state.members.get(member)!;
    const probation = status === 'probation';
    const { named, labels, quality, expires } = last;
    claims.push({ member: code, group, accredited, probation, named, labels, quality, expires });
  }
  return claims;
}

/** Whether a claim that expires on day `expires` (null for never) no longer stands at tick time `now`. */
export function hasExpired(expires: number | null, now: number): boolean {
  return expires !== null && dayStart(expires) <= now;
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}
