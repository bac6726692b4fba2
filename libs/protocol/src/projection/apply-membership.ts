import { REMOVAL_REASON } from '../feed/index.js';
import { keepsLabels } from '../statement/channel-policy.js';
import type {
  AgreementStatement,
  ChannelStatement,
  KeyRevokedStatement,
  KeyStatement,
  MemberStatement,
  MemberStatusStatement,
  RecallStatement,
  RightStatement,
} from '../statement/statement.js';
import { invalidHistory } from './invalid-history.js';
import { NO_EFFECT, type SignalEffect } from './signal-effect.js';
import type { MemberState, ProjectionState } from './state.js';

/** A channel begins, or its policy changes and with it, perhaps, what is corroborated. */
export function applyChannel(state: ProjectionState, { channel, policy }: ChannelStatement): SignalEffect {
  const known = state.channels.get(channel);
  if (known !== undefined && !keepsLabels(known.policy, policy)) {
    throw invalidHistory('policy.labels', 'must keep every code and label that the channel has had');
  }
  const labelCodes = new Map(policy.labels.map(({ code, label }) => [label, code]));
  const { rights, signals } = known ?? { rights: new Map(), signals: new Map() };
  state.channels.set(channel, { policy, labelCodes, rights, signals });
  return { kind: 'policy', channel };
}

/** A member begins, or the facts change by which its standing claims count. */
export function applyMember(state: ProjectionState, statement: MemberStatement): SignalEffect {
  const { member, code, name, memberKind: kind, group, accredited } = statement;
  if (accredited && kind !== 'hotline') throw invalidHistory('accredited', 'is only for hotlines');
  const known = state.members.get(member);
  if (known !== undefined && known.kind !== kind) throw invalidHistory('memberKind', 'is for ever');
  if ((known?.code ?? code) !== code || (state.codes.get(code) ?? member) !== member) {
    throw invalidHistory('code', 'stands for one member for ever');
  }
  state.codes.set(code, member);
  const { status, submissions } = known ?? { status: 'active', submissions: 0 };
  state.members.set(member, { member, code, name, kind, group, accredited, status, submissions });
  return known === undefined ? NO_EFFECT : { kind: 'facts', member };
}

/** A status opens and shuts the gate for later submissions; claims stand as before, but on probation they assure nobody else's. */
export function applyMemberStatus(
  state: ProjectionState,
  { member, status }: MemberStatusStatement,
): SignalEffect {
  const known = memberOf(state, member);
  const before = known.status;
  known.status = status;
  return (before === 'probation') === (status === 'probation') ? NO_EFFECT : { kind: 'facts', member };
}

/** A key opens its gate. */
export function applyKey(state: ProjectionState, { member, purpose, key }: KeyStatement): SignalEffect {
  memberOf(state, member);
  if (state.keys.has(key)) throw invalidHistory('key', 'is registered once in the whole network');
  state.keys.set(key, { member, purpose, revokedAt: null });
  return NO_EFFECT;
}

/** A revocation shuts the gate of a key and voids what was signed with it from an index on. */
export function applyRevocation(
  state: ProjectionState,
  { member, key, from }: KeyRevokedStatement,
): SignalEffect {
  const known = state.keys.get(key);
  if (known?.member !== member) throw invalidHistory('key', 'must be a key of the member');
  if (known.revokedAt !== null) throw invalidHistory('key', 'is revoked once');
  if (from > state.size) throw invalidHistory('from', 'must not be later than the revocation itself');
  known.revokedAt = state.size;
  return { kind: 'void', member, key, from, reason: REMOVAL_REASON.key_compromised };
}

/** A recall voids what a member said from an index on, whatever key signed it. */
export function applyRecall(state: ProjectionState, { member, from }: RecallStatement): SignalEffect {
  memberOf(state, member);
  if (from > state.size) throw invalidHistory('from', 'must not be later than the recall itself');
  return { kind: 'void', member, key: null, from, reason: REMOVAL_REASON.recalled };
}

/** Nothing follows for records; the member must be one. */
export function applyAgreement(state: ProjectionState, { member }: AgreementStatement): SignalEffect {
  memberOf(state, member);
  return NO_EFFECT;
}

/** A right opens and shuts the gate for later submissions; claims stand as before. */
export function applyRight(
  state: ProjectionState,
  { member, channel, submit, receive }: RightStatement,
): SignalEffect {
  const known = state.channels.get(channel);
  if (known === undefined) throw invalidHistory('channel', 'must be a channel of the hub');
  if (memberOf(state, member).kind === 'government') {
    throw invalidHistory('member', 'a government body is an observer and is given no right on a channel');
  }
  known.rights.set(member, { submit, receive });
  return NO_EFFECT;
}

function memberOf(state: ProjectionState, member: string): MemberState {
  const known = state.members.get(member);
  if (known === undefined) throw invalidHistory('member', 'must be a member of the hub');
  return known;
}
