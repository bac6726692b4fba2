import type { Command } from 'commander';
import { PersonClient, type Viewer } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { Printer } from '../output/printer.js';

interface LoginOptions extends GlobalOptions {
  readonly hub?: string;
  readonly allowHttp?: boolean;
}

/** `cairn login`, `cairn logout` and `cairn accept` */
export function addLoginCommands(program: Command, context: CliContext): void {
  addLogin(program, context);
  addLogout(program, context);
  addAccept(program, context);
}

function addLogin(program: Command, { io, http }: CliContext): void {
  program
    .command('login')
    .summary('log in as a person, in a browser on this machine')
    .description(
      'Logs you in as a person: staff, or administrator of a member. Prints an address to open in a browser on this machine; ' +
        'when you have logged in there, this terminal has a session. It ends after 15 minutes without use, and after 12 hours.',
    )
    .option('--hub <url>', 'public URL of the hub; by default the one you are configured for')
    .option('--allow-http', 'accept a hub without TLS on another machine, for tests in a closed network')
    .action(async (_options: unknown, command: Command) => {
      const { home, json, hub: url, allowHttp } = command.optsWithGlobals<LoginOptions>();
      const show = (address: string): void =>
        io.writeError(`Open in a browser on this machine:\n  ${address}\n`);
      const viewer = await new PersonClient({ home, http }).login({ url, allowHttp, show });
      await new Printer(io, json ?? false).result({ ...viewer }, viewerLines(viewer));
    });
}

function addLogout(program: Command, { io, http }: CliContext): void {
  program
    .command('logout')
    .summary('end the session of cairn login')
    .action(async (_options: unknown, command: Command) => {
      const { home, json } = command.optsWithGlobals<GlobalOptions>();
      const ended = await new PersonClient({ home, http }).logout();
      const line = ended ? 'You are logged out.' : 'You were not logged in.';
      await new Printer(io, json ?? false).result({ loggedOut: ended }, [line]);
    });
}

/** `accept`, of `cairn` and of `cairn staff`. */
export function addAccept(program: Command, { io, http }: CliContext): void {
  program
    .command('accept')
    .summary('accept an invitation, read from standard input')
    .description(
      'Accepts an invitation for whoever is logged in. Its token is read from standard input, so that it stays in no history.',
    )
    .action(async (_options: unknown, command: Command) => {
      const { home, json } = command.optsWithGlobals<GlobalOptions>();
      const viewer = await new PersonClient({ home, http }).accept(await readLine(io.stdin));
      await new Printer(io, json ?? false).result({ ...viewer }, viewerLines(viewer));
    });
}

/** What a person is told about itself. */
export function viewerLines({ name, roles, administers }: Viewer): string[] {
  return [
    `You are ${name}: ${roles.join(', ') || 'no role of staff'}`,
    ...(administers === null ? [] : [`administrator of ${administers}`]),
  ];
}

const MOST_CHARACTERS = 1000;

async function readLine(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += Buffer.from(chunk).toString('latin1');
    if (text.includes('\n') || text.length > MOST_CHARACTERS) break;
  }
  return text.split('\n', 1)[0]!.trim();
}
