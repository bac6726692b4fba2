import { decodeStatement, ProtocolError } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { AskHub } from '../http/graphql.js';
import type { AnswerObject } from '../http/json-answer.js';
import { nodesOf, readPages } from '../http/read-pages.js';
import type { LoggedStatement } from '../log/logged-statements.js';
import { AuditChain, type TrailEvent } from './audit-chain.js';
import { readLoggedAudits, type AuditLog } from './logged-audits.js';

/** The audit trail of a hub, its chain verified. */
export interface AuditTrail {
  readonly events: readonly TrailEvent[];
  /** The latest statement in the log: how many events it covers, and where it is; null before the first. */
  readonly logged: { readonly index: number; readonly size: number } | null;
  /** Statements that the trail was held to. */
  readonly statements: number;
  /** Whether they are all that the log of a pinned hub has. */
  readonly proved: boolean;
}

const EVENTS = `query AuditEvents($first: Int!, $after: String) {
  auditEvents(first: $first, after: $after) {
    __typename
    edges { node { number time actor act subject inputs outcome chain } }
    pageInfo { hasNextPage endCursor }
    statement { index leaf }
  }
}`;

const PAGE = 1000;
const SUBJECT = 'audit trail';

/**
 * Reads the whole audit trail and verifies its chain, and holds it to the `audit` statements: with a pinned hub to every one that its log has, so that
 * a chain made anew contradicts the heads of the old one; without, to the latest alone, which is believed.
 *
 * @throws ClientError `AUDIT_TRAIL_BROKEN`, `PROOF_REJECTED`, or as `ask` and reading the log do
 */
export async function readAuditTrail(ask: AskHub, log: AuditLog | null): Promise<AuditTrail> {
  // The log first: the trail that is read after it is at least as long as its statements say.
  const logged = log === null ? null : await readLoggedAudits(log);
  const { events, links, statement } = await readEvents(ask);
  const audits = logged ?? (statement === null ? [] : [believed(statement)]);
  for (const { index, statement: said } of audits) {
    if (links[said.size - 1] === said.head) continue;
    const reason = `the log holds another trail of ${said.size} events at index ${index} than the hub shows`;
    throw new ClientError('AUDIT_TRAIL_BROKEN', SUBJECT, reason);
  }
  const last = audits.at(-1);
  const latest = last === undefined ? null : { index: last.index, size: last.statement.size };
  return { events, logged: latest, statements: audits.length, proved: logged !== null };
}

async function readEvents(
  ask: AskHub,
): Promise<{ events: TrailEvent[]; links: string[]; statement: AnswerObject | null }> {
  const chain = new AuditChain();
  const events: TrailEvent[] = [];
  const links: string[] = [];
  let statement: AnswerObject | null = null;
  for await (const page of readPages(ask, { query: EVENTS, variables: { first: PAGE }, subject: SUBJECT })) {
    for (const node of nodesOf(page)) {
      const event = readEvent(node);
      const wrong = chain.add(event);
      if (wrong !== null) throw new ClientError('AUDIT_TRAIL_BROKEN', SUBJECT, wrong);
      events.push(event);
      links.push(chain.value);
    }
    statement = page.optionalObject('statement');
  }
  return { events, links, statement };
}

/** A statement that the hub shows, not proved. */
function believed(answer: AnswerObject): LoggedStatement<'audit'> {
  const index = answer.integer('index');
  const subject = `audit statement at log index ${index}`;
  try {
    const statement = decodeStatement(Buffer.from(answer.text('leaf')));
    if (statement.kind === 'audit') return { index, statement };
    throw new ClientError('PROOF_REJECTED', subject, 'is of another kind');
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
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
