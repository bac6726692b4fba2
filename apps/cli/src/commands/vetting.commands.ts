import type { Command } from 'commander';
import { createHash } from 'node:crypto';
import { ClientError, PersonClient } from '#libs/client';
import type { JsonObject } from '#libs/protocol';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { answerLines } from '../output/answer-lines.js';
import { Printer } from '../output/printer.js';
import { STAFF_ACTS } from './application-acts.js';
import { enumValue, wholeNumber } from './applicant.commands.js';
import { LIST, VERSION } from './application-queries.js';
import { addAct, type ActTarget } from './staff-act.js';

type Given = GlobalOptions & Readonly<Record<string, string | boolean | undefined>>;

const APPLICATION: ActTarget = {
  argument: '<id>',
  help: 'id of the application',
  member: 'application',
  type: 'ID!',
};

/** What staff do, in the session of `cairn login`. */
export function addStaffCommands(group: Command, context: CliContext): void {
  addList(group, context);
  addVersion(group, context);
  for (const act of STAFF_ACTS) addAct(group, context, APPLICATION, act);
}

function addList(group: Command, { io, http }: CliContext): void {
  group
    .command('list')
    .description('staff: list applications, the one that has waited longest first')
    .option('--state <states>', 'only those in these states, with commas, such as submitted,in-review')
    .option('--first <number>', 'how many at most', '50')
    .option('--after <cursor>', 'go on after this cursor')
    .action(async (_options: unknown, command: Command) => {
      const { home, json, state, first, after } = command.optsWithGlobals<Given>();
      const states = typeof state === 'string' ? state.split(',').map(enumValue) : null;
      const variables = { first: wholeNumber(String(first), '--first'), after: after ?? null, states };
      const answer = await new PersonClient({ home, http }).ask({
        query: LIST,
        variables,
        subject: 'applications',
      });
      await new Printer(io, json ?? false).result(answer, answerLines(answer));
    });
}

function addVersion(group: Command, { io, http }: CliContext): void {
  group
    .command('version')
    .description('staff: show the version to recommend or decide about, and its digest')
    .argument('<id>', 'id of the application')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { home, json } = command.optsWithGlobals<Given>();
      const subject = `application ${id}`;
      const answer = await new PersonClient({ home, http }).ask({
        query: VERSION,
        variables: { id },
        subject,
      });
      const digest = createHash('sha256').update(String(answer['document'])).digest('hex');
      if (digest !== answer['digest'])
        throw new ClientError('UNEXPECTED_ANSWER', subject, 'the digest is not that of the document');
      const shown = { digest, application: answer['application'] as JsonObject };
      await new Printer(io, json ?? false).result(answer, answerLines(shown));
    });
}
