import type { Command } from 'commander';
import { ApplicantClient, PersonClient } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { answerLines } from '../output/answer-lines.js';
import { Printer } from '../output/printer.js';
import {
  CHALLENGE,
  CHECKS,
  mutation,
  OUTBOX,
  OUTBOX_LINKS,
  OWN_CHECKS,
  RELATED,
} from './application-queries.js';

type Options = GlobalOptions & { readonly code?: string; readonly links?: boolean };

interface Question {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}

/** The checks that workers make: with an id for staff, without one for the applicant. */
export function addCheckCommands(group: Command, context: CliContext): void {
  const challenge = group
    .command('challenge')
    .description('show what to publish at your domain, and where, to prove that you control it');
  ask(challenge, context, () => ({ query: CHALLENGE }));
  const checks = group
    .command('checks')
    .description(
      'show how the checks stand that the hub makes itself; as staff, of the application of that id',
    )
    .argument('[id]', 'id of the application, for staff');
  ask(checks, context, (_options, id) =>
    id === undefined ? { query: OWN_CHECKS } : { query: CHECKS, variables: { id } },
  );
  const again = group
    .command('check-again')
    .description('have a check tried at once; as staff, made again from its beginning')
    .argument('[id]', 'id of the application, for staff')
    .requiredOption('--code <code>', 'code of the check, such as domain_control');
  ask(again, context, ({ code }, id) =>
    id === undefined
      ? { query: mutation('tryCheckAgain', { code: 'String!' }), variables: { code } }
      : {
          query: mutation('checkApplicationAgain', { application: 'ID!', code: 'String!' }),
          variables: { application: id, code },
        },
  );
  const outbox = group
    .command('outbox')
    .description('staff: show the messages to the contacts, and what became of them')
    .argument('<id>', 'id of the application')
    .option('--links', 'vetters: with their text, to send on when the hub has no mail server');
  ask(outbox, context, ({ links }, id) => ({ query: links ? OUTBOX_LINKS : OUTBOX, variables: { id } }));
  const related = group
    .command('related')
    .description('staff: show who may be under the same control')
    .argument('<id>', 'id of the application');
  ask(related, context, (_options, id) => ({ query: RELATED, variables: { id } }));
}

/** Asks as the applicant, or, when an id is given, as a person. */
function ask(
  command: Command,
  { io, http }: CliContext,
  question: (options: Options, id: string | undefined) => Question,
): void {
  command.action(async () => {
    const options = command.optsWithGlobals<Options>();
    const [id] = command.args;
    const client = id === undefined ? ApplicantClient : PersonClient;
    const { query, variables = {} } = question(options, id);
    const subject = id === undefined ? 'application' : `application ${id}`;
    const answer = await new client({ home: options.home, http }).ask({ query, variables, subject });
    await new Printer(io, options.json ?? false).result(answer, answerLines(answer));
  });
}
