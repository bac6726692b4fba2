import { REMOVAL_REASON } from '../feed/index.js';
import type { AuthorBody, ContentBody } from '../statement/commitments.js';
import { mayTakePart } from '../statement/statement.js';
import { decisionsRoot, type Decision } from '../submission/decisions.js';
import type { Entry } from '../submission/entry.js';
import { RETRACTION_REASONS } from '../submission/operations.js';
import { noteErasedLines, type ErasedDecision } from './apply-erasure.js';
import { invalidHistory } from './invalid-history.js';
import { hasExpired } from './reevaluate.js';
import type { PlacedEntry, SignalEffect } from './signal-effect.js';
import type { AppliedOperation, ChannelState, ProjectionState } from './state.js';

/**
 * What stands behind a submission's leaf. The caller has checked commitments, signature and entry root, as `checkSubmission`
 * does; the decisions are checked here against the content body.
 */
export interface SubmissionEvidence {
  content: ContentBody;
  author: AuthorBody;
  /** By line; null for a line that an `erase` of the log names, at whatever index: it is void from the start. */
  entries: readonly (Entry | null)[];
  decisions: readonly Decision[];
}

/** Why a whole submission has no effect at its place in the log, or null when it has. */
export type Ineffective = 'member_not_active' | 'key_not_active' | 'no_right_to_submit';

/**
 * Places a submission at log index `state.size`: each accepted entry becomes an operation, unless a gate is shut.
 *
 * @throws ProtocolError INVALID_HISTORY
 */
export function placeSubmission(state: ProjectionState, evidence: SubmissionEvidence): SignalEffect {
  const channel = state.channels.get(evidence.content.channel);
  if (channel === undefined) throw invalidHistory('content.channel', 'must be a channel of the hub');
  if (evidence.entries.length !== evidence.content.count) throw invalidHistory('content.count', NUMBER);
  requireDecisions(evidence.content, evidence.decisions);
  takeTurn(state, evidence);
  const effective = ineffectiveness(state, channel, evidence) === null;
  noteErasedLines(state, evidence.content.channel, state.size, erasedOf(evidence));
  const entries = evidence.entries.flatMap((entry, line): PlacedEntry[] => {
    if (entry === null) return [];
    const { verdict, prev } = evidence.decisions[line]!;
    const counts = effective && verdict === 'accepted' && channel.policy.types.includes(entry.type.name);
    const operation = counts ? operationOf(state.size, channel, evidence, entry, line) : null;
    const { type, key } = entry;
    return [{ line, type: type.name, key, prev, operation, reason: reasonOf(entry, state.now) }];
  });
  return { kind: 'entries', channel: evidence.content.channel, index: state.size, entries };
}

/** The lines of a submission that are void from the start, with what is left of them. */
export function erasedOf({
  entries,
  decisions,
}: Pick<SubmissionEvidence, 'entries' | 'decisions'>): ErasedDecision[] {
  return entries.flatMap((entry, line) => (entry === null ? [{ line, prev: decisions[line]!.prev }] : []));
}

const NUMBER = 'must be the number of entries and of decisions';

/**
 * The hub's word on a submission: as many decisions as the content body says, of each verdict too, under the decision root.
 *
 * @throws ProtocolError INVALID_HISTORY
 */
export function requireDecisions(content: ContentBody, decisions: readonly Decision[]): void {
  if (decisions.length !== content.count) throw invalidHistory('content.count', NUMBER);
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
