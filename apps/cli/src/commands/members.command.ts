import type { Command } from 'commander';
import { type AllianceMember, CairnClient } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { Printer } from '../output/printer.js';

/** `cairn members` */
export function addMembersCommand(program: Command, { io, http }: CliContext): void {
  program
    .command('members')
    .summary('list the members of the alliance')
    .description(
      'Lists the members of the alliance with their standing, their keys and since when, as the hub signs. Everything in the list ' +
        'follows from the public log.',
    )
    .action(async (_options: unknown, command: Command) => {
      const { home, json } = command.optsWithGlobals<GlobalOptions>();
      const cairn = await CairnClient.open({ home, http });
      const directory = await cairn.directory();
      await new Printer(io, json ?? false).result({ hub: cairn.hub.origin, ...directory }, [
        `${cairn.hub.origin}: ${directory.members.length} members after ${directory.size} statements`,
        ...directory.members.flatMap(lines),
      ]);
    });
}

function lines({ member, name, kind, status, accredited, sinceTime, keys }: AllianceMember): string[] {
  const standing = accredited ? `accredited ${kind}` : kind;
  return [
    `${name} (${member}), ${standing}, ${status}, since ${sinceTime.toISOString().slice(0, 10)}`,
    ...keys.map(({ key, purpose }) => `  ${purpose} key ${key}`),
  ];
}
