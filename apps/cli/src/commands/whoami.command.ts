import type { Command } from 'commander';
import { CairnClient, ClientError, PersonClient, type Viewer, type WhoAmI } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { Printer } from '../output/printer.js';
import { viewerLines } from './login.command.js';

type Member = WhoAmI & { readonly hub: string };

/** `cairn whoami` */
export function addWhoAmICommand(program: Command, { io, http }: CliContext): void {
  program
    .command('whoami')
    .summary('ask the hub who you are to it')
    .description(
      'Asks the hub who you are to it: shows at once whether your keys and rights are in order, and, after a login, which person ' +
        'you are.',
    )
    .action(async (_options: unknown, command: Command) => {
      const { home, json } = command.optsWithGlobals<GlobalOptions>();
      const { person, ended } = await askAsPerson({ home, http });
      const member = await askAsMember({ home, http }, person !== null || ended !== null);
      if (member === null && ended !== null) throw ended;
      await new Printer(io, json ?? false).result({ ...member, ...(person !== null && { person }) }, [
        ...(member === null ? [] : memberLines(member)),
        ...(person === null ? [] : viewerLines(person)),
        ...(ended === null ? [] : ['Your session as a person has ended; run: cairn login']),
      ]);
    });
}

type Options = { readonly home?: string; readonly http?: CliContext['http'] };

/** The person whose session there is, if any; `ended` is the hub's refusal of a session that has ended. */
async function askAsPerson(options: Options): Promise<{ person: Viewer | null; ended: ClientError | null }> {
  try {
    return { person: await new PersonClient(options).viewer(), ended: null };
  } catch (error) {
    if (error instanceof ClientError && error.code === 'AUTH_REFUSED') return { person: null, ended: error };
    throw error;
  }
}

/** Null for a person without a member's configuration. */
async function askAsMember(options: Options, isPerson: boolean): Promise<Member | null> {
  try {
    const cairn = await CairnClient.open(options);
    return { hub: cairn.hub.origin, ...(await cairn.whoAmI()) };
  } catch (error) {
    if (isPerson && error instanceof ClientError && error.code === 'NOT_CONFIGURED') return null;
    throw error;
  }
}

function memberLines({ hub, name, member, status, channels, keys }: Member): string[] {
  return [
    `${name} (${member}) at ${hub}: ${status.toLowerCase()}`,
    ...channels.map(({ channel, submit, receive }) => `channel ${channel}: ${rights(submit, receive)}`),
    ...keys.map(
      ({ purpose, thumbprint, active }) =>
        `${purpose} key ${thumbprint}: ${active ? 'active' : 'not active'}`,
    ),
  ];
}

function rights(submit: boolean, receive: boolean): string {
  const names = [submit ? 'submit' : '', receive ? 'receive' : ''].filter((name) => name !== '');
  return names.join(' and ') || 'no right';
}
