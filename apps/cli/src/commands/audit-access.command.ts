import type { Command } from 'commander';
import { PersonClient, readAccessHistory, type ServedAccess } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { Printer } from '../output/printer.js';
import { counted, time } from '../output/text.js';

interface AccessOptions extends GlobalOptions {
  readonly channel: string;
  readonly member?: string;
}

/** `cairn audit access` */
export function addAccessCommand(group: Command, { io, http }: CliContext): void {
  group
    .command('access')
    .summary('auditors: list who was served which rounds of a feed')
    .description(
      'For auditors, in the session of cairn login: lists which members were served which rounds of the feed of a channel, and when. A ticket ' +
        'says what could have been fetched until it ended, whether or not it was.',
    )
    .requiredOption('--channel <channel>', 'channel whose feed it is')
    .option('--member <member>', 'only what this member was served')
    .action(async (_options: unknown, command: Command) => {
      const { home, json, channel, member } = command.optsWithGlobals<AccessOptions>();
      const person = new PersonClient({ home, http });
      const accesses = await readAccessHistory((operation) => person.ask(operation), channel, member ?? null);
      await new Printer(io, json ?? false).result({ accesses }, linesOf(accesses));
    });
}

function linesOf(accesses: readonly ServedAccess[]): string[] {
  const lines = accesses.map(({ member, way, type, rounds, firstAt, lastAt, until, count }) => {
    const ranges = rounds.map(({ from, to }) => `${from}–${to - 1}`).join(', ');
    const what = type === null ? way : `${way} of ${type}`;
    const end = until === null ? '' : `, good until ${until}`;
    return `${time(firstAt)} – ${time(lastAt)}  ${member}  ${what}: rounds ${ranges}${end}, ${count}×`;
  });
  return [...lines, counted(accesses.length, 'row')];
}
