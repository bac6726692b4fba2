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

/** How statements begin that a hub of this version writes; others may be spelled otherwise. */
const USUAL = Buffer.from('{"cairn":"statement/1","kind":"');

/** The statement of a leaf if it is of that kind. Most of the others are told by their first bytes, without being parsed. */
export function statementOf<Kind extends Statement['kind']>(
  leaf: Uint8Array,
  kind: Kind,
): StatementOf<Kind> | null {
  if (beginsWith(leaf, USUAL) && !beginsWith(leaf, Buffer.concat([USUAL, Buffer.from(`${kind}"`)])))
    return null;
  try {
    const statement = decodeStatement(leaf);
    return statement.kind === kind ? (statement as StatementOf<Kind>) : null;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

function beginsWith(leaf: Uint8Array, prefix: Buffer): boolean {
  return leaf.length >= prefix.length && prefix.compare(leaf, 0, prefix.length) === 0;
}
