import type { Command } from 'commander';
import { PersonClient, type AuditTrail } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { pinnedHub } from '../input/pinned-hub.js';
import { Printer } from '../output/printer.js';
import { counted, time } from '../output/text.js';

/** `cairn audit events` */
export function addEventsCommand(group: Command, { io, http }: CliContext): void {
  group
    .command('events')
    .summary('auditors: list what staff and operator did, and verify the trail')
    .description(
      'For auditors, in the session of cairn login: lists every act of staff, administrators of members and the operator, verifies the chain ' +
        'of digests from the first to the last, and that every audit statement of the log names a head on it. Exits with 4 when a row was ' +
        'changed or left out, also when the chain was made anew. Keeps a copy of the public log in your home.',
    )
    .option('--policy <file>', 'policy file to verify the log under, unless cairn init has pinned one')
    .action(async (_options: unknown, command: Command) => {
      const { home, json, policy } = command.optsWithGlobals<GlobalOptions & { policy?: string }>();
      const person = new PersonClient({ home, http });
      const hub = await pinnedHub(home, policy);
      const trail = await person.auditTrail(hub);
      await new Printer(io, json ?? false).result(trail, linesOf(trail));
    });
}

function linesOf({ events, logged, statements, proved }: AuditTrail): string[] {
  const proof = proved
    ? `as ${counted(statements, 'statement')} of it say`
    : 'which is not proved: name a policy file';
  return [
    ...events.map(
      ({ number, time: at, actor, act, subject, outcome }) =>
        `${number}  ${time(at)}  ${actor}  ${act}${subject === '' ? '' : ` ${subject}`}: ${outcome}`,
    ),
    `${counted(events.length, 'event')}, one chain; ` +
      (logged === null
        ? 'none in the log yet'
        : `the first ${logged.size} are in the log at index ${logged.index}, ${proof}`),
  ];
}
