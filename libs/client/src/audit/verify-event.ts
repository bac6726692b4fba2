import {
  decodeStatement,
  ProtocolError,
  readProvedDecision,
  verifyDecision,
  type Statement,
  type VerifiedDecision,
} from '#libs/protocol';
import { leafHash, TlogError, verifyTlogProof } from '#libs/tlog';
import { ClientError } from '../client-error.js';
import type { HubPolicy } from '../config/hub-policy.js';
import type { TracedEvent } from './signal-history.js';

type SubmissionStatement = Extract<Statement, { kind: 'submission' }>;

const KIND_OF: Readonly<Record<string, Statement['kind']>> = {
  ASSERTION: 'submission',
  RETRACTION: 'submission',
  KEY_REVOKED: 'key_revoked',
  RECALL: 'recall',
  EXPIRY: 'tick',
  ERASED: 'submission',
  ERASURE: 'erase',
};

/**
 * Holds what a hub says of an event to the event's leaf: what the leaf says, and for an entry the decision that it commits to. That the leaf is in the
 * log is for `isProved`.
 *
 * @param channel that the history is of
 * @throws ClientError `PROOF_REJECTED`, naming event and field
 */
export function verifyEvent(event: TracedEvent, channel: string): void {
  const statement = reading(event, () => decodeStatement(Buffer.from(event.leaf)));
  if (statement.kind !== KIND_OF[event.kind]) throw rejected(event, 'kind: the leaf is of another kind');
  if (statement.time !== event.time) throw rejected(event, 'time: the leaf has another time');
  if ((event.line !== null) !== (statement.kind === 'submission'))
    throw rejected(event, 'line: the leaf is of another kind');
  if (statement.kind === 'submission') requireDecision(event, channel, statement);
  if (statement.kind === 'key_revoked' || statement.kind === 'recall') requireSubject(event, statement);
}

/** Verdict, code and previous index are those of the decision line, which the leaf commits to through the content body. */
function requireDecision(event: TracedEvent, channel: string, statement: SubmissionStatement): void {
  const { content, decision } = openDecision(event, statement);
  const said: readonly [field: string, holds: boolean][] = [
    ['channel', content.channel === channel],
    ['named', (content.attribution === 'named') === event.named],
    ['verdict', decision.verdict.toUpperCase() === event.verdict],
    ['code', decision.code === event.code],
    ['prev', decision.prev === event.prev],
  ];
  const wrong = said.find(([, holds]) => !holds);
  if (wrong !== undefined) throw rejected(event, `${wrong[0]}: is not what the leaf commits to`);
}

function openDecision(
  { decision: shown, ...event }: TracedEvent,
  statement: SubmissionStatement,
): VerifiedDecision {
  if (shown === null) throw rejected(event, 'decision: is not shown');
  const { content, ...line } = shown;
  return reading(event, () => {
    const decision = readProvedDecision(line);
    return verifyDecision({ index: event.index, line: event.line!, content, decision }, statement);
  });
}

function requireSubject(
  event: TracedEvent,
  statement: Extract<Statement, { kind: 'key_revoked' | 'recall' }>,
): void {
  if (statement.member !== event.member) throw rejected(event, 'member: the leaf is about another');
  const key = statement.kind === 'key_revoked' ? statement.key : null;
  if (key !== event.key) throw rejected(event, 'key: the leaf is about another');
}

/**
 * Whether a checkpoint that the pinned policy accepts covers the event's leaf; false when the hub shows no proof.
 *
 * @throws ClientError `PROOF_REJECTED` for a proof that does not hold
 */
export function isProved(event: TracedEvent, { policy, origin }: HubPolicy): boolean {
  if (event.proof === null) return false;
  try {
    const hash = leafHash(Buffer.from(event.leaf));
    const { index } = verifyTlogProof(policy, event.proof, hash, `${origin}/log`);
    if (index === event.index) return true;
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    throw rejected(event, `proof: ${cause.message}`, cause);
  }
  throw rejected(event, 'proof: is about another leaf');
}

function reading<T>(event: Pick<TracedEvent, 'index'>, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw rejected(event, cause.message, cause);
  }
}

/**
 * Holds each erased entry to the statement that erased it, which must be told too and name it.
 *
 * @throws ClientError `PROOF_REJECTED`
 */
export function requireErasures(events: readonly TracedEvent[]): void {
  const erased = new Set<string>();
  for (const event of events.filter(({ kind }) => kind === 'ERASURE')) {
    const statement = reading(event, () => decodeStatement(Buffer.from(event.leaf)));
    if (statement.kind !== 'erase') continue;
    for (const { index, line } of statement.lines) erased.add(`${index}/${line}/${event.index}`);
  }
  for (const event of events.filter(({ kind }) => kind === 'ERASED')) {
    if (!erased.has(`${event.index}/${event.line}/${event.endedBy}`))
      throw rejected(event, 'endedBy: no erase statement that is told names it');
  }
}

/** What to say of an event that cannot be believed. */
export function rejected(
  { index }: Pick<TracedEvent, 'index'>,
  reason: string,
  cause?: unknown,
): ClientError {
  return new ClientError('PROOF_REJECTED', `event at log index ${index}`, reason, { cause });
}
