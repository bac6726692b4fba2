import { hash } from 'node:crypto';
import type { Command } from 'commander';
import { canonicalJson } from '#libs/membership';
import { recordAct, type Database, type RecordedAct } from '#libs/platform';

/** The command that this process runs: one, from its start to its end. */
let entered: RecordedAct | null = null;

/** Keeps what the operator was about to do, for the audit trail. */
export function enterCommand(command: Command): void {
  const inputs = { arguments: command.args, options: command.opts() };
  // Options that commander made into objects or numbers are JSON like the others.
  const plain = JSON.parse(JSON.stringify(inputs)) as object;
  entered = {
    actor: 'system:operator',
    act: wordsOf(command),
    subject: command.args.join(' '),
    inputs: hash('sha256', canonicalJson(plain), 'hex'),
  };
}

/** Does what the command is for; whatever came of it leaves a row in the audit trail. */
export function recordCommand<T>(database: Database, work: () => Promise<T>): Promise<T> {
  return entered === null ? work() : recordAct(database, entered, work);
}

/** Names of the command and those above it, below the program. */
function wordsOf(command: Command): string {
  const above = command.parent;
  return !above?.parent ? command.name() : `${wordsOf(above)} ${command.name()}`;
}
