import { decodeStatement, ProtocolError, type JsonObject, type Statement } from '#libs/protocol';
import { leafHash, TlogError, verifyTlogProof } from '#libs/tlog';
import { ClientError } from '../client-error.js';
import type { HubPolicy } from '../config/hub-policy.js';
import type { Operation } from '../http/graphql.js';
import { followChain, type ChainGap } from './follow-chain.js';
import { readHistory, type TracedEvent, type TracedSignal } from './signal-history.js';

/** What the history of a signal proved to be. */
export interface Trace {
  /** Log size that it is of. */
  readonly size: number;
  readonly latest: number;
  readonly events: readonly TracedEvent[];
  /** Null when every submission in the chain is there. */
  readonly gap: ChainGap | null;
  /** How many events a signed checkpoint covers, verified under the pinned policy; null when none was given to verify with. */
  readonly proved: number | null;
}

const KIND_OF: Readonly<Record<string, Statement['kind']>> = {
  ASSERTION: 'submission',
  RETRACTION: 'submission',
  KEY_REVOKED: 'key_revoked',
  RECALL: 'recall',
  EXPIRY: 'tick',
};

/**
 * Reads the history of a signal and verifies what can be verified of it: that it is in log order, that each leaf is what the event says and in
 * the log, and that no submission is left out of the chain. What a decision says is the hub's word until the entry itself is proved.
 *
 * @param hub what is pinned; null when nothing is, and then no proof is verified
 * @throws ClientError `PROOF_REJECTED`, or as `readHistory` does
 */
export async function traceSignal(
  ask: (operation: Operation) => Promise<JsonObject>,
  signal: TracedSignal,
  hub: HubPolicy | null,
): Promise<Trace> {
  const { size, latest, events } = await readHistory(ask, signal);
  requireOrder(events);
  for (const event of events) requireLeaf(event);
  const proved = hub === null ? null : events.filter((event) => isProved(event, hub)).length;
  const entries = events.filter(({ line }) => line !== null);
  return { size, latest, events, gap: followChain(latest, entries), proved };
}

function requireOrder(events: readonly TracedEvent[]): void {
  for (const [i, event] of events.entries()) {
    const before = events[i - 1];
    if (before === undefined || before.index < event.index) continue;
    if (before.index === event.index && (before.line ?? 0) < (event.line ?? 0)) continue;
    throw rejected(event, 'is not in log order');
  }
}

/** The leaf is public and proved; what the hub says beside it must not differ. */
function requireLeaf(event: TracedEvent): void {
  const statement = parseLeaf(event);
  if (statement.kind !== KIND_OF[event.kind]) throw rejected(event, 'the leaf is of another kind');
  if (statement.time !== event.time) throw rejected(event, 'the leaf has another time');
  if ((event.line !== null) !== (statement.kind === 'submission'))
    throw rejected(event, 'the leaf is of another kind');
  const { kind } = statement;
  if (kind !== 'key_revoked' && kind !== 'recall') return;
  const key = kind === 'key_revoked' ? statement.key : null;
  if (statement.member !== event.member || key !== event.key)
    throw rejected(event, 'the leaf is about another member or key');
}

function parseLeaf(event: TracedEvent): Statement {
  try {
    return decodeStatement(Buffer.from(event.leaf));
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw rejected(event, cause.message, cause);
  }
}

function isProved(event: TracedEvent, { policy, origin }: HubPolicy): boolean {
  if (event.proof === null) return false;
  try {
    const { index } = verifyTlogProof(
      policy,
      event.proof,
      leafHash(Buffer.from(event.leaf)),
      `${origin}/log`,
    );
    if (index === event.index) return true;
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    throw rejected(event, cause.message, cause);
  }
  throw rejected(event, 'the proof is about another leaf');
}

function rejected({ index }: TracedEvent, reason: string, cause?: unknown): ClientError {
  return new ClientError('PROOF_REJECTED', `event at log index ${index}`, reason, { cause });
}
