import { decodeStatement, ProtocolError, type Statement } from '#libs/protocol';
import type { LogCopy } from './log-copy.js';

type StatementOf<Kind extends Statement['kind']> = Extract<Statement, { kind: Kind }>;

/** A statement with its place in the log. */
export interface LoggedStatement<Kind extends Statement['kind']> {
  readonly index: number;
  readonly statement: StatementOf<Kind>;
}

/**
 * The statements of one kind, of the leaves from a place on. What is no statement is passed over: whoever replays the log comes to it, and says so.
 *
 * @param from index of a leaf, and where it begins in the copy
 */
export async function* loggedStatements<Kind extends Statement['kind']>(
  log: LogCopy,
  kind: Kind,
  from: { readonly size: number; readonly offset: number },
): AsyncGenerator<LoggedStatement<Kind>, void, undefined> {
  for await (const { index, leaf } of log.leaves(from.size, from.offset)) {
    const statement = statementOf(leaf, kind);
    if (statement !== null) yield { index, statement };
  }
}

/** The statement of a leaf if it is of that kind; the others are told by their first bytes, without being parsed. */
export function statementOf<Kind extends Statement['kind']>(
  leaf: Uint8Array,
  kind: Kind,
): StatementOf<Kind> | null {
  const prefix = Buffer.from(`{"cairn":"statement/1","kind":"${kind}",`);
  if (leaf.length < prefix.length || prefix.compare(leaf, 0, prefix.length) !== 0) return null;
  try {
    return decodeStatement(leaf) as StatementOf<Kind>;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
