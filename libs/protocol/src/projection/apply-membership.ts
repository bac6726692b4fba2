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
import { affectedBy, reevaluate } from './reevaluate.js';
import type { AppliedOperation, MemberState, ProjectionState, RecordChange } from './state.js';

/** A channel begins, or its policy changes and with it, perhaps, what is corroborated. */
export function applyChannel(state: ProjectionState, { channel, policy }: ChannelStatement): RecordChange[] {
  const known = state.channels.get(channel);
  if (known !== undefined && !keepsLabels(known.policy, policy)) {
    throw invalidHistory('policy.labels', 'must keep every code and label that the channel has had');
  }
  const labelCodes = new Map(policy.labels.map(({ code, label }) => [label, code]));
  const { rights, signals } = known ?? { rights: new Map(), signals: new Map() };
  const next = { policy, labelCodes, rights, signals };
  state.channels.set(channel, next);
  return reevaluate(
    state,
    affectedBy([[channel, next]], () => true),
  );
}

/** A member begins, or the facts change by which its standing claims count. */
export function applyMember(state: ProjectionState, statement: MemberStatement): RecordChange[] {
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
  if (known === undefined) return [];
  return reevaluate(
    state,
    affectedBy(state.channels, ({ operations }) => operations.has(member)),
  );
}

/** A status opens and shuts the gate for later submissions; claims stand as before, but on probation they assure nobody else's. */
export function applyMemberStatus(
  state: ProjectionState,
  { member, status }: MemberStatusStatement,
): RecordChange[] {
  const known = memberOf(state, member);
  const before = known.status;
  known.status = status;
  if ((before === 'probation') === (status === 'probation')) return [];
  return reevaluate(
    state,
    affectedBy(state.channels, ({ operations }) => operations.has(member)),
  );
}

/** A key opens its gate. */
export function applyKey(state: ProjectionState, { member, purpose, key }: KeyStatement): RecordChange[] {
  memberOf(state, member);
  if (state.keys.has(key)) throw invalidHistory('key', 'is registered once in the whole network');
  state.keys.set(key, { member, purpose, revokedAt: null });
  return [];
}

/** A revocation shuts the gate of a key and voids what was signed with it from an index on. */
export function applyRevocation(
  state: ProjectionState,
  { member, key, from }: KeyRevokedStatement,
): RecordChange[] {
  const known = state.keys.get(key);
  if (known?.member !== member) throw invalidHistory('key', 'must be a key of the member');
  if (known.revokedAt !== null) throw invalidHistory('key', 'is revoked once');
  if (from > state.size) throw invalidHistory('from', 'must not be later than the revocation itself');
  known.revokedAt = state.size;
  return voidOperations(
    state,
    member,
    (operation) => operation.key === key && operation.index >= from,
    REMOVAL_REASON.key_compromised,
  );
}

/** A recall voids what a member said from an index on, whatever key signed it. */
export function applyRecall(state: ProjectionState, { member, from }: RecallStatement): RecordChange[] {
  memberOf(state, member);
  if (from > state.size) throw invalidHistory('from', 'must not be later than the recall itself');
  return voidOperations(state, member, ({ index }) => index >= from, REMOVAL_REASON.recalled);
}

/** Nothing follows for records; the member must be one. */
export function applyAgreement(state: ProjectionState, { member }: AgreementStatement): RecordChange[] {
  memberOf(state, member);
  return [];
}

function voidOperations(
  state: ProjectionState,
  member: string,
  isVoid: (operation: AppliedOperation) => boolean,
  reason: number,
): RecordChange[] {
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

/** A right opens and shuts the gate for later submissions; claims stand as before. */
export function applyRight(
  state: ProjectionState,
  { member, channel, submit, receive }: RightStatement,
): RecordChange[] {
  const known = state.channels.get(channel);
  if (known === undefined) throw invalidHistory('channel', 'must be a channel of the hub');
  if (memberOf(state, member).kind === 'government') {
    throw invalidHistory('member', 'a government body is an observer and is given no right on a channel');
  }
  known.rights.set(member, { submit, receive });
  return [];
}

function memberOf(state: ProjectionState, member: string): MemberState {
  const known = state.members.get(member);
  if (known === undefined) throw invalidHistory('member', 'must be a member of the hub');
  return known;
}
