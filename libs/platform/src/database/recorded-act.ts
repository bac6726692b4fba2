import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from './actor.js';
import type { Tx } from './tx.js';

/** An act of a person or of the operator that leaves a row in the audit trail (docs/protocol-audit.md). */
export interface RecordedAct {
  readonly actor: Actor;
  /** Name of the act, such as `recallMember`. */
  readonly act: string;
  /** What it is about, such as the name of a member; empty when it names nothing. */
  readonly subject: string;
  /** SHA-256 of its inputs, hex. */
  readonly inputs: string;
}

/** An act under way, and what a committed transaction has recorded of it. */
interface ActScope extends RecordedAct {
  recorded: string | null;
}

const scopes = new AsyncLocalStorage<ActScope>();

/** The door to the database, as far as it is needed here. */
interface Door {
  transaction<T>(name: string, actor: Actor, work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** What a refusal without a code is called. */
const FAILED = 'FAILED';
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const MOST_SUBJECT = 200;
const RECORD = 'SELECT cairn.record_audit_event($1, $2, $3, $4)';

/**
 * Runs an act so that it leaves a row in the audit trail: in the first transaction of its actor that commits, together with what that one
 * did; or in one of its own when none committed, or when in the end the outcome was another than the one recorded.
 */
export async function recordAct<T>(database: Door, act: RecordedAct, work: () => Promise<T>): Promise<T> {
  const scope: ActScope = { ...act, recorded: null };
  let value: T;
  try {
    value = await scopes.run(scope, work);
  } catch (error) {
    await settle(database, scope, codeOf(error));
    throw error;
  }
  await settle(database, scope, outcomeOf(value));
  return value;
}

/** Called by `Database` before a transaction that writes commits; @returns what to call once it has. */
export async function recordInTransaction(tx: Tx, actor: Actor, value: unknown): Promise<() => void> {
  const scope = scopes.getStore();
  if (scope === undefined || scope.actor !== actor || scope.recorded !== null) return () => undefined;
  const outcome = outcomeOf(value);
  await write(tx, scope, outcome);
  return () => (scope.recorded = outcome);
}

async function settle(database: Door, scope: ActScope, outcome: string): Promise<void> {
  if (scope.recorded === outcome) return;
  await database.transaction('record-act', scope.actor, (tx) => write(tx, scope, outcome));
}

async function write(tx: Tx, { act, subject, inputs }: RecordedAct, outcome: string): Promise<void> {
  const shown = subject.replaceAll(/[^\P{C}]/gu, ' ');
  await tx.query(RECORD, [
    act,
    [...shown].slice(0, MOST_SUBJECT).join(''),
    Buffer.from(inputs, 'hex'),
    outcome,
  ]);
}

/** `ok`, or the code of a typed refusal: a result of a domain lib, or a failure as GraphQL shows it. */
function outcomeOf(value: unknown): string {
  const { ok, code, message } = (value ?? {}) as { ok?: unknown; code?: unknown; message?: unknown };
  const refused = ok === false || (typeof code === 'string' && typeof message === 'string');
  return refused ? codeOf(value) : 'ok';
}

function codeOf(refusal: unknown): string {
  const { code } = (refusal ?? {}) as { code?: unknown };
  return typeof code === 'string' && CODE.test(code) ? code : FAILED;
}
