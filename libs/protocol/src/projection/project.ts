import type { Statement } from '../statement/statement.js';
import { applyToSignals, requireChain } from './apply-effect.js';
import {
  applyAgreement,
  applyChannel,
  applyKey,
  applyMember,
  applyMemberStatus,
  applyRecall,
  applyRevocation,
  applyRight,
} from './apply-membership.js';
import { placeSubmission, type SubmissionEvidence } from './apply-submission.js';
import { applyErase } from './apply-erasure.js';
import { invalidHistory } from './invalid-history.js';
import { NO_EFFECT, type SignalEffect } from './signal-effect.js';
import type { ChannelState, ProjectionState, RecordChange } from './state.js';

/** Version of the rules below. A change of rules is a new version, and a statement. */
export const PROJECTION_VERSION = 1;

/** A statement with the bodies behind its commitments. */
export interface ProjectionInput {
  statement: Statement;
  /** Bodies, entries and decisions: for `submission` statements, and only for them. */
  submission?: SubmissionEvidence;
}

/**
 * Applies the next statement of the provenance log: the whole meaning of the log in one function. It knows no clock and no
 * database, so replaying a log gives the same records anywhere (docs/protocol-submission.md, "Projection").
 *
 * The state handed in is consumed: use only the one returned, and none after an error. `changes` holds each record that
 * changed once, in no particular order.
 *
 * @throws ProtocolError INVALID_HISTORY when the statement cannot follow what came before: no honest hub logs it.
 */
export function project(
  state: ProjectionState,
  input: ProjectionInput,
): { state: ProjectionState; changes: RecordChange[] } {
  const effect = applyToDirectory(state, input);
  requireChain(state, effect);
  return { state, changes: applyToSignals(state, effect) };
}

/**
 * The part of {@link project} that concerns channels, members and keys: applies the next statement to them and says what it does to
 * signals, of which it reads and changes none. With `requireChain` and `applyToSignals` over any partition of the signals, each with a
 * directory of its own, it comes to the same as `project`.
 *
 * @throws ProtocolError INVALID_HISTORY, except for what concerns `prev`
 */
export function applyToDirectory(state: ProjectionState, input: ProjectionInput): SignalEffect {
  const { statement } = input;
  requirePlace(state, statement);
  if ((statement.kind === 'submission') !== (input.submission !== undefined)) {
    throw invalidHistory('submission', 'bodies belong to submission statements, and each of these has them');
  }
  const effect = apply(state, input);
  advance(state, statement);
  return effect;
}

/**
 * Counts a statement without applying it: what somebody does with a submission who is not shown all of it. No signal is known after it.
 *
 * @throws ProtocolError INVALID_HISTORY for its place or time
 */
export function passStatement(state: ProjectionState, statement: Statement): void {
  requirePlace(state, statement);
  advance(state, statement);
}

function requirePlace(state: ProjectionState, statement: Statement): void {
  if (statement.time < state.time)
    throw invalidHistory('time', 'must not be earlier than that of the statement before');
  if ((statement.kind === 'hub') !== (state.size === 0))
    throw invalidHistory('kind', 'hub is the first statement and no other');
}

function advance(state: ProjectionState, { time }: Statement): void {
  state.size += 1;
  state.time = time;
}

function apply(state: ProjectionState, { statement, submission }: ProjectionInput): SignalEffect {
  switch (statement.kind) {
    case 'hub':
      state.origin = statement.origin;
      return NO_EFFECT;
    case 'channel':
      return applyChannel(state, statement);
    case 'member':
      return applyMember(state, statement);
    case 'member_status':
      return applyMemberStatus(state, statement);
    case 'key':
      return applyKey(state, statement);
    case 'key_revoked':
      return applyRevocation(state, statement);
    case 'right':
      return applyRight(state, statement);
    case 'recall':
      return applyRecall(state, statement);
    case 'agreement':
      return applyAgreement(state, statement);
    case 'submission':
      return placeSubmission(state, submission!);
    case 'tick': {
      const before = state.now;
      state.now = statement.time;
      return { kind: 'tick', before, now: state.now };
    }
    case 'state':
      if (statement.size > state.size)
        throw invalidHistory('size', 'must not be later than the statement itself');
      return NO_EFFECT;
    case 'erase':
      return applyErase(state, statement);
    case 'admission_policy':
    case 'bootstrap':
    case 'published':
    case 'audit':
      return NO_EFFECT;
  }
}

/** Type names of a channel with the number of records each holds: what a replay compares with a feed. */
export function countRecords(channel: ChannelState): Map<string, number> {
  return new Map(
    [...channel.signals].map(([type, byKey]) => [
      type,
      [...byKey.values()].filter((signal) => signal.metadata !== null).length,
    ]),
  );
}
