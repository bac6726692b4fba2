import { toHex } from '../hex.js';
import { REMOVAL_REASON } from '../feed/index.js';
import { leadsThroughErased } from './apply-erasure.js';
import { invalidHistory } from './invalid-history.js';
import { affectedBy, hasExpired, reevaluate, type Affected } from './reevaluate.js';
import type { SignalEffect } from './signal-effect.js';
import type { AppliedOperation, ChannelState, ProjectionState, RecordChange, SignalState } from './state.js';

type EffectOf<Kind extends SignalEffect['kind']> = Extract<SignalEffect, { kind: Kind }>;

/**
 * Applies what a statement does to the signals that a state holds, after `applyToDirectory` has brought the rest of the state up to date.
 *
 * @returns the records that changed, each once, in no particular order
 */
export function applyToSignals(state: ProjectionState, effect: SignalEffect): RecordChange[] {
  switch (effect.kind) {
    case 'none':
      return [];
    case 'policy':
      return reevaluate(
        state,
        affectedBy([[effect.channel, state.channels.get(effect.channel)!]], () => true),
      );
    case 'facts':
      return reevaluate(
        state,
        affectedBy(state.channels, ({ operations }) => operations.has(effect.member)),
      );
    case 'void':
      return voidOperations(state, effect);
    case 'tick':
      return tick(state, effect);
    case 'entries':
      return applyEntries(state, effect);
  }
}

/**
 * Every decision must point to the nearest earlier statement about its signal that was not erased when it was logged: the chain that makes
 * histories complete. To be asked before the entries are applied.
 *
 * @throws ProtocolError INVALID_HISTORY, with the line
 */
export function requireChain(state: ProjectionState, effect: SignalEffect): void {
  if (effect.kind !== 'entries') return;
  const { signals } = state.channels.get(effect.channel)!;
  for (const { line, type, key, prev } of effect.entries) {
    const known = signals.get(type)?.get(toHex(key));
    const latest = known?.latest ?? null;
    if (latest === prev || leadsThroughErased(state, effect.channel, prev, latest)) continue;
    const rule = 'must be the index of the nearest earlier statement about the signal';
    throw invalidHistory('decision.prev', rule).atLine(line);
  }
}

function applyEntries(state: ProjectionState, { channel, index, entries }: EffectOf<'entries'>) {
  const touched = new Map<SignalState, Affected>();
  for (const { type, key, operation, reason } of entries) {
    const signal = signalOf(state.channels.get(channel)!, type, key, index);
    if (operation === null) continue;
    const operations = signal.operations.get(operation.member) ?? [];
    operations.push(operation);
    signal.operations.set(operation.member, operations);
    signal.reason = reason ?? signal.reason;
    touched.set(signal, { channel, type, signal });
  }
  return reevaluate(state, touched.values());
}

function signalOf({ signals }: ChannelState, type: string, key: Uint8Array, index: number): SignalState {
  const byKey = signals.get(type) ?? new Map<string, SignalState>();
  signals.set(type, byKey);
  const name = toHex(key);
  const known = byKey.get(name);
  if (known !== undefined) {
    known.latest = index;
    return known;
  }
  const signal = { key, latest: index, operations: new Map(), reason: 0, metadata: null };
  byKey.set(name, signal);
  return signal;
}

function voidOperations(
  state: ProjectionState,
  { member, key, from, reason }: EffectOf<'void'>,
): RecordChange[] {
  const isVoid = (operation: AppliedOperation): boolean =>
    operation.index >= from && (key === null || operation.key === key);
  const affected = affectedBy(
    state.channels,
    ({ operations }) => operations.get(member)?.some(isVoid) === true,
  );
  for (const { signal } of affected) {
    const voided = signal.operations.get(member)!.filter(isVoid);
    for (const operation of voided) operation.void = true;
    signal.reason = voided.some(({ named }) => named) ? reason : UNNAMED_REASON;
  }
  return reevaluate(state, affected);
}

/**
 * A revocation or a recall names the member in public: its reason on a record whose claims were all anonymous would name their author,
 * so it becomes the one that says least.
 */
const UNNAMED_REASON = REMOVAL_REASON.withdrawn;

/** Claims whose day came after the last tick and not after this one end now. */
function tick(state: ProjectionState, { before, now }: EffectOf<'tick'>): RecordChange[] {
  const fallsDue = ({ expires }: AppliedOperation): boolean =>
    hasExpired(expires, now) && !hasExpired(expires, before);
  const affected = affectedBy(state.channels, ({ operations }) =>
    [...operations.values()].some((ofMember) => ofMember.some(fallsDue)),
  );
  for (const { signal } of affected) signal.reason = REMOVAL_REASON.expired;
  return reevaluate(state, affected);
}
