import { Option, type Command } from 'commander';
import { CairnClient } from '#libs/client';
import { RELATIONSHIPS, type Relationship } from '#libs/protocol';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { answerLines } from '../output/answer-lines.js';
import { Printer } from '../output/printer.js';

interface EndorseOptions extends GlobalOptions {
  readonly relationship: Relationship;
  readonly note?: string;
}

interface ObjectOptions extends GlobalOptions {
  readonly code: string;
  readonly note: string;
}

/** `cairn endorse` and `cairn object` */
export function addEndorseCommands(program: Command, { io, http }: CliContext): void {
  program
    .command('endorse')
    .summary('endorse an applicant, as a member')
    .description(
      'Signs an endorsement with your signing key and sends it. With a relationship it is shown, but does not count.',
    )
    .argument('<application>', 'id of the application')
    .addOption(
      new Option('--relationship <relationship>', 'what ties you to the applicant')
        .choices(RELATIONSHIPS)
        .default('none'),
    )
    .option('--note <text>', 'in words; needed for a relationship')
    .action(async (application: string, _options: unknown, command: Command) => {
      const { home, json, relationship, note } = command.optsWithGlobals<EndorseOptions>();
      const cairn = await CairnClient.open({ home, http });
      const answer = await cairn.endorse(application, relationship, note ?? null);
      await new Printer(io, json ?? false).result(answer, answerLines(answer));
    });
  program
    .command('object')
    .summary('object to an applicant, as a member, while its window is open')
    .argument('<application>', 'id of the application')
    .requiredOption('--code <code>', 'such as identity, control, government_link, conduct, capability')
    .requiredOption('--note <text>', 'the objection in words')
    .action(async (application: string, _options: unknown, command: Command) => {
      const { home, json, code, note } = command.optsWithGlobals<ObjectOptions>();
      const cairn = await CairnClient.open({ home, http });
      const answer = await cairn.object(application, code, note);
      await new Printer(io, json ?? false).result(answer, answerLines(answer));
    });
}
