import { decodeStatement, ProtocolError, type JsonObject } from '#libs/protocol';
import { leafHash, TlogError, verifyTlogProof } from '#libs/tlog';
import { ClientError } from '../client-error.js';
import type { HubPolicy } from '../config/hub-policy.js';
import type { Operation } from '../http/graphql.js';
import { AnswerObject } from '../http/json-answer.js';
import { AuditChain, type TrailEvent } from './audit-chain.js';

/** The audit trail of a hub, its chain verified. */
export interface AuditTrail {
  readonly events: readonly TrailEvent[];
  /** The latest statement in the log: how many events it covers, and where it is; null before the first. */
  readonly logged: { readonly index: number; readonly size: number } | null;
  /** Whether the statement was proved to be in the log under a pinned policy. */
  readonly proved: boolean;
}

const EVENTS = `query AuditEvents($first: Int!, $after: String) {
  auditEvents(first: $first, after: $after) {
    __typename
    edges { node { number time actor act subject inputs outcome chain } }
    pageInfo { hasNextPage endCursor }
    statement { index leaf proof }
  }
}`;

const PAGE = 1000;
const SUBJECT = 'audit trail';

/**
 * Reads the whole audit trail and verifies its chain, and that the latest `audit` statement names a head on it.
 *
 * @param hub what is pinned; null when nothing is, and then the statement is believed
 * @throws ClientError `AUDIT_TRAIL_BROKEN`, `PROOF_REJECTED`, or as `ask` does
 */
export async function readAuditTrail(
  ask: (operation: Operation) => Promise<JsonObject>,
  hub: HubPolicy | null,
): Promise<AuditTrail> {
  const chain = new AuditChain();
  const events: TrailEvent[] = [];
  const links: string[] = [];
  for (let after: string | null = null; ;) {
    const operation = { query: EVENTS, variables: { first: PAGE, after }, subject: SUBJECT };
    const page: AnswerObject = new AnswerObject(await ask(operation), SUBJECT);
    for (const edge of page.objects('edges')) {
      const event = readEvent(edge.object('node'));
      const wrong = chain.add(event);
      if (wrong !== null) throw new ClientError('AUDIT_TRAIL_BROKEN', SUBJECT, wrong);
      events.push(event);
      links.push(chain.value);
    }
    const info = page.object('pageInfo');
    if (!info.boolean('hasNextPage')) {
      const statement = page.optionalObject('statement');
      if (statement === null) return { events, logged: null, proved: false };
      return { events, ...requireStatement(statement, links, hub) };
    }
    after = info.text('endCursor');
  }
}

function requireStatement(
  answer: AnswerObject,
  links: readonly string[],
  hub: HubPolicy | null,
): Pick<AuditTrail, 'logged' | 'proved'> {
  const index = answer.integer('index');
  const leaf = Buffer.from(answer.text('leaf'));
  const proof = answer.optionalText('proof');
  const subject = `audit statement at log index ${index}`;
  try {
    const statement = decodeStatement(leaf);
    if (statement.kind !== 'audit') throw new ClientError('PROOF_REJECTED', subject, 'is of another kind');
    const { size, head } = statement;
    if (links[size - 1] !== head) {
      const reason = `the log holds another trail of ${size} events than the hub shows`;
      throw new ClientError('AUDIT_TRAIL_BROKEN', SUBJECT, reason);
    }
    if (hub === null || proof === null) return { logged: { index, size }, proved: false };
    const proved = verifyTlogProof(hub.policy, proof, leafHash(leaf), `${hub.origin}/log`);
    if (proved.index === index) return { logged: { index, size }, proved: true };
    throw new ClientError('PROOF_REJECTED', subject, 'the proof is about another leaf');
  } catch (cause) {
    if (!(cause instanceof TlogError) && !(cause instanceof ProtocolError)) throw cause;
    throw new ClientError('PROOF_REJECTED', subject, cause.message, { cause });
  }
}

function readEvent(node: AnswerObject): TrailEvent {
  return {
    number: node.integer('number'),
    time: node.integer('time'),
    actor: node.text('actor'),
    act: node.text('act'),
    subject: node.text('subject'),
    inputs: node.text('inputs'),
    outcome: node.text('outcome'),
    chain: node.text('chain'),
  };
}
