import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { ApplicantClient, ClientError, PersonClient } from '#libs/client';
import type { JsonObject } from '#libs/protocol';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { readInputFile, readJsonInput } from '../input/json-file.js';
import { answerLines } from '../output/answer-lines.js';
import { Printer } from '../output/printer.js';
import { ADD_DOCUMENT, AGREEMENT, mutation, OWN, SHOW } from './application-queries.js';
import { profileIn } from './apply.command.js';

const SUBJECT = 'application';
const MOST_BYTES = 7 * 1024 * 1024;
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.txt': 'text/plain',
};

type Options = GlobalOptions & Readonly<Record<string, string | undefined>>;
type Ask = (query: string, variables?: Record<string, unknown>) => Promise<JsonObject>;

/** What an applicant does with its own application; `show` with an id is for staff. */
export function addApplicantCommands(group: Command, context: CliContext): void {
  group
    .command('show')
    .description('show your application, or, as staff, the one of that id')
    .argument('[id]', 'id of the application, for staff')
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const { home, json } = command.optsWithGlobals<GlobalOptions>();
      const options = { home, http: context.http };
      const answer =
        id === undefined
          ? await new ApplicantClient(options).ask({ query: OWN, variables: {}, subject: SUBJECT })
          : await new PersonClient(options).ask({
              query: SHOW,
              variables: { id },
              subject: `${SUBJECT} ${id}`,
            });
      await new Printer(context.io, json ?? false).result(answer, answerLines(answer));
    });
  addSayings(group, context);
  addMoves(group, context);
}

function addSayings(group: Command, context: CliContext): void {
  const update = group
    .command('update')
    .description('say anew what you are, or where you stand on a principle')
    .option('--profile <file>', 'JSON file with the whole profile')
    .option('--principle <number>', 'a principle, 1 to 11')
    .option('--standing <standing>', 'does-not-apply, in-place, planned or not-yet')
    .option('--because <text>', 'why it does not apply, or is not there yet')
    .option('--by <day>', 'day by which it is planned, YYYY-MM-DD')
    .option('--evidence <url>', 'page that shows it');
  act(update, context, updateOwn);
  const documents = group.command('documents').description('documents of your application');
  const add = documents.command('add').argument('<file>', 'PDF, PNG, JPEG or text, at most 7 MiB');
  act(add.description('add a document'), context, (ask, _options, [file]) => addDocument(ask, file!));
  const agreement = group.command('agreement').description('show the agreement in force');
  act(agreement, context, (ask) => ask(AGREEMENT));
  const accept = group
    .command('accept')
    .description('accept the agreement, in the name of a signatory')
    .requiredOption('--version <number>', 'version that was read: cairn application agreement')
    .requiredOption('--digest <hex>', 'its digest')
    .requiredOption('--name <name>', 'name of the signatory')
    .requiredOption('--title <title>', 'title of the signatory')
    .requiredOption('--email <address>', 'e-mail address of the signatory');
  act(accept, context, (ask, { version, digest, name, title, email }) => {
    const input = { version: wholeNumber(version!, '--version'), digest, name, title, email };
    return ask(mutation('acceptAgreement', { input: 'AcceptAgreementInput!' }), { input });
  });
}

function addMoves(group: Command, context: CliContext): void {
  const submit = group.command('submit').description('hand your application in');
  act(submit, context, (ask) => ask(mutation('submitApplication', {})));
  const answer = group
    .command('answer')
    .description('hand it back after information was requested')
    .option('--note <text>', 'words for staff');
  act(answer, context, (ask, { note }) =>
    ask(mutation('answerInformationRequest', { note: 'String' }), { note: note ?? null }),
  );
  const withdraw = group
    .command('withdraw')
    .description('take your application back')
    .requiredOption('--reason <code>', 'no_longer_interested, not_ready, organisation_changed or other')
    .option('--note <text>', 'words for staff');
  act(withdraw, context, (ask, { reason, note }) =>
    ask(mutation('withdrawApplication', { reason: 'String!', note: 'String' }), {
      reason,
      note: note ?? null,
    }),
  );
}

/** Prints what the hub answers to an applicant's act. */
function act(
  command: Command,
  { io, http }: CliContext,
  work: (ask: Ask, options: Options, args: readonly string[]) => Promise<JsonObject>,
): void {
  command.action(async () => {
    const options = command.optsWithGlobals<Options>();
    const client = new ApplicantClient({ home: options.home, http });
    const ask: Ask = (query, variables = {}) => client.ask({ query, variables, subject: SUBJECT });
    const answer = await work(ask, options, command.args);
    await new Printer(io, Boolean(options.json)).result(answer, answerLines(answer));
  });
}

async function updateOwn(ask: Ask, options: Options): Promise<JsonObject> {
  const { profile: file, principle, standing, because, by: plannedBy, evidence } = options;
  if ((file === undefined) === (principle === undefined))
    throw new ClientError('OPTION_INVALID', 'arguments', 'give either --profile or --principle');
  if (file !== undefined) {
    const profile = profileIn(await readJsonInput(file), file);
    return ask(mutation('setApplicationProfile', { profile: 'ApplicationProfileInput!' }), { profile });
  }
  if (standing === undefined) throw new ClientError('OPTION_INVALID', '--standing', 'goes with --principle');
  const number = wholeNumber(principle!, '--principle');
  const input = { principle: number, standing: enumValue(standing), because, plannedBy, evidence };
  return ask(mutation('statePrinciple', { input: 'PrincipleStandingInput!' }), { input });
}

async function addDocument(ask: Ask, file: string): Promise<JsonObject> {
  const mediaType = MEDIA_TYPES[extname(file).toLowerCase()];
  if (mediaType === undefined)
    throw new ClientError('INPUT_INVALID', file, 'must be a .pdf, .png, .jpg, .jpeg or .txt');
  const content = await readInputFile(file);
  if (content.length > MOST_BYTES) throw new ClientError('INPUT_INVALID', file, 'must have at most 7 MiB');
  const input = { name: basename(file), mediaType, content: content.toString('base64') };
  const added = await ask(ADD_DOCUMENT, { input });
  if (added['digest'] !== createHash('sha256').update(content).digest('hex'))
    throw new ClientError('UNEXPECTED_ANSWER', file, 'the hub stored something else');
  return added;
}

/** A name of an enum of the schema, as people write it. */
export function enumValue(text: string): string {
  return text.toUpperCase().replaceAll('-', '_');
}

/** @throws ClientError `OPTION_INVALID` */
export function wholeNumber(text: string, option: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ClientError('OPTION_INVALID', option, 'must be a whole number');
}
