import { toHex } from '../hex.js';
import { REMOVAL_REASON } from '../feed/index.js';
import type { AuthorBody, ContentBody } from '../statement/commitments.js';
import { mayTakePart } from '../statement/statement.js';
import { decisionsRoot, type Decision } from '../submission/decisions.js';
import type { Entry } from '../submission/entry.js';
import { RETRACTION_REASONS } from '../submission/operations.js';
import { invalidHistory } from './invalid-history.js';
import { hasExpired, reevaluate, type Affected } from './reevaluate.js';
import type { AppliedOperation, ChannelState, ProjectionState, RecordChange, SignalState } from './state.js';

/**
 * What stands behind a submission's leaf. The caller has checked commitments, signature and entry root, as `checkSubmission`
 * does; the decisions are checked here against the content body.
 */
export interface SubmissionEvidence {
  content: ContentBody;
  author: AuthorBody;
  entries: readonly Entry[];
  decisions: readonly Decision[];
}

/** Why a whole submission has no effect at its place in the log, or null when it has. */
export type Ineffective = 'member_not_active' | 'key_not_active' | 'no_right_to_submit';

/**
 * Applies a submission at log index `state.size`: each accepted entry becomes an operation, unless a gate is shut.
 *
 * @throws ProtocolError INVALID_HISTORY
 */
export function applySubmission(state: ProjectionState, evidence: SubmissionEvidence): RecordChange[] {
  const channel = state.channels.get(evidence.content.channel);
  if (channel === undefined) throw invalidHistory('content.channel', 'must be a channel of the hub');
  checkDecisions(evidence);
  checkChain(channel, evidence);
  takeTurn(state, evidence);
  const effective = ineffectiveness(state, channel, evidence) === null;
  const touched = new Map<SignalState, Affected>();
  evidence.entries.forEach((entry, line) => {
    const signal = signalOf(channel, entry, state.size);
    if (!effective || evidence.decisions[line]!.verdict !== 'accepted') return;
    if (!channel.policy.types.includes(entry.type.name)) return;
    const operation = operationOf(state.size, channel, evidence, entry, line);
    if (operation === null) return;
    const operations = signal.operations.get(operation.member) ?? [];
    operations.push(operation);
    signal.operations.set(operation.member, operations);
    signal.reason = reasonOf(entry, state.now) ?? signal.reason;
    touched.set(signal, { channel: evidence.content.channel, type: entry.type.name, signal });
  });
  return reevaluate(state, touched.values());
}

function checkDecisions({ content, entries, decisions }: SubmissionEvidence): void {
  if (entries.length !== content.count || decisions.length !== content.count) {
    throw invalidHistory('content.count', 'must be the number of entries and of decisions');
  }
  for (const verdict of ['accepted', 'held', 'rejected'] as const) {
    if (decisions.filter((decision) => decision.verdict === verdict).length !== content[verdict]) {
      throw invalidHistory(`content.${verdict}`, 'must count the decisions');
    }
  }
  if (decisions.some(({ verdict, code }) => (verdict === 'accepted') !== (code === null))) {
    throw invalidHistory('decision.code', 'must say why an entry was not accepted, and only then');
  }
  if (decisionsRoot(decisions) !== content.decisions)
    throw invalidHistory('content.decisions', 'must be the decision root');
}

/** Every decision must point to the nearest earlier statement about its signal: the chain that makes histories complete. */
function checkChain(channel: ChannelState, { entries, decisions }: SubmissionEvidence): void {
  entries.forEach((entry, line) => {
    const known = channel.signals.get(entry.type.name)?.get(toHex(entry.key));
    if ((known?.latest ?? null) !== decisions[line]!.prev) {
      throw invalidHistory(
        'decision.prev',
        'must be the index of the nearest earlier statement about the signal',
      );
    }
  });
}

/** Submissions of one member are logged in the order of receipt, without a gap: whose word is last depends on it. */
function takeTurn(state: ProjectionState, { author }: SubmissionEvidence): void {
  const member = state.members.get(author.member);
  if (member === undefined) throw invalidHistory('author.member', 'must be a member of the hub');
  if (author.counter !== member.submissions + 1) {
    throw invalidHistory('author.counter', 'must be one more than that of the submission before');
  }
  member.submissions = author.counter;
}

/** The gates that depend on order, at the place of the submission in the log. */
export function ineffectiveness(
  state: ProjectionState,
  channel: ChannelState,
  { author }: SubmissionEvidence,
): Ineffective | null {
  const member = state.members.get(author.member);
  if (member === undefined || !mayTakePart(member.status)) return 'member_not_active';
  const key = state.keys.get(author.key);
  const good =
    key !== undefined && key.member === author.member && key.purpose === 'signing' && key.revokedAt === null;
  if (!good) return 'key_not_active';
  return channel.rights.get(author.member)?.submit === true ? null : 'no_right_to_submit';
}

function signalOf(channel: ChannelState, entry: Entry, index: number): SignalState {
  const byKey = channel.signals.get(entry.type.name) ?? new Map<string, SignalState>();
  channel.signals.set(entry.type.name, byKey);
  const name = toHex(entry.key);
  const signal = byKey.get(name) ?? {
    key: entry.key,
    latest: index,
    operations: new Map(),
    reason: 0,
    metadata: null,
  };
  signal.latest = index;
  byKey.set(name, signal);
  return signal;
}

/** The entry as an operation with label codes, or null when the policy in force does not know a label. */
function operationOf(
  index: number,
  channel: ChannelState,
  { content, author }: SubmissionEvidence,
  entry: Entry,
  line: number,
): AppliedOperation | null {
  const assertion = entry.op === 'assert' ? entry : { labels: [], quality: null, expires: null };
  const labels = assertion.labels.map((label) => channel.labelCodes.get(label));
  if (!labels.every((label) => label !== undefined)) return null;
  return {
    index,
    line,
    member: author.member,
    key: author.key,
    op: entry.op,
    named: content.attribution === 'named',
    labels,
    quality: assertion.quality,
    expires: assertion.expires,
    void: false,
  };
}

/** The removal reason, should this entry end its author's claim; null when it does not. */
function reasonOf(entry: Entry, now: number): number | null {
  if (entry.op === 'retract') return RETRACTION_REASONS[entry.reason];
  return hasExpired(entry.expires, now) ? REMOVAL_REASON.expired : null;
}
