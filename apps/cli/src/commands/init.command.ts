import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { ClientError, MemberHome } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { Printer } from '../output/printer.js';

interface InitOptions extends GlobalOptions {
  readonly policy: string;
  readonly member: string;
  readonly replace?: boolean;
  readonly allowHttp?: boolean;
}

/** `cairn init` */
export function addInitCommand(program: Command, { io }: CliContext): void {
  program
    .command('init')
    .summary('pin the policy file of a hub and say who you are')
    .description(
      'Pins the policy file of a hub and says which member you are. The file names the keys that the hub signs its logs ' +
        'with; everything is verified against it, so get it from the alliance by a way you trust.',
    )
    .requiredOption('--policy <file>', 'policy file, as the alliance gave it to you')
    .requiredOption('--member <name>', 'name of your organisation at the hub')
    .option('--replace', 'replace the configuration that is there; keys and outbox stay')
    .option('--allow-http', 'accept a hub without TLS on another machine, for tests in a closed network')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<InitOptions>();
      const home = new MemberHome(options.home);
      const { hub, member } = await home.init({ ...options, policy: await readPolicy(options.policy) });
      const { origin, baseUrl, feeds } = hub;
      await new Printer(io, options.json ?? false).result(
        { home: home.path, member, hub: origin, url: baseUrl, feeds },
        [
          `You are ${member} at ${origin} (${baseUrl}).`,
          `Feeds you can verify: ${feeds.join(', ') || 'none'}.`,
          `Configuration: ${home.path}`,
          'Next: cairn keys new --purpose auth, and --purpose signing if you submit.',
        ],
      );
    });
}

async function readPolicy(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new ClientError('INPUT_UNREADABLE', path, `cannot be read (${code})`, { cause });
  }
}
