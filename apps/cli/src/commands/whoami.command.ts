import type { Command } from 'commander';
import { CairnClient } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { Printer } from '../output/printer.js';

/** `cairn whoami` */
export function addWhoAmICommand(program: Command, { io, http }: CliContext): void {
  program
    .command('whoami')
    .summary('ask the hub who you are to it')
    .description('Asks the hub who you are to it: shows at once whether your keys and rights are in order.')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const cairn = await CairnClient.open({ home: options.home, http });
      const me = await cairn.whoAmI();
      await new Printer(io, options.json ?? false).result({ hub: cairn.hub.origin, ...me }, [
        `${me.name} (${me.member}) at ${cairn.hub.origin}: ${me.status.toLowerCase()}`,
        ...me.channels.map(
          ({ channel, submit, receive }) => `channel ${channel}: ${rights(submit, receive)}`,
        ),
        ...me.keys.map(
          ({ purpose, thumbprint, active }) =>
            `${purpose} key ${thumbprint}: ${active ? 'active' : 'not active'}`,
        ),
      ]);
    });
}

function rights(submit: boolean, receive: boolean): string {
  const names = [submit ? 'submit' : '', receive ? 'receive' : ''].filter((name) => name !== '');
  return names.join(' and ') || 'no right';
}
