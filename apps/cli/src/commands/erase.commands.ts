import type { Command } from 'commander';
import { ClientError, findErasableLines, PersonClient, type TracedSignal } from '#libs/client';
import type { LinePlace } from '#libs/protocol';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { answerLines } from '../output/answer-lines.js';
import { Printer } from '../output/printer.js';
import { enumValue } from './applicant.commands.js';
import { addAct, type ActTarget } from './staff-act.js';

const ERASURE =
  'id reason justification lines { index line } requestedBy requestedAt digest confirmedBy confirmedAt withdrawnAt index purgedAt valuesLeft';
const ANSWER = `{ __typename ... on Erasure { ${ERASURE} } ... on ActRefused { code field rule } }`;
const REQUEST = `mutation ($input: ErasureRequestInput!) { requestErasure(input: $input) ${ANSWER} }`;
const CONFIRM = `mutation ($input: ErasureConfirmationInput!) { confirmErasure(input: $input) ${ANSWER} }`;
const SHOW = `query ($id: ID!) { erasure(id: $id) { __typename ... on Erasure { ${ERASURE} document } } }`;
const LIST = `query ($first: Int!) { erasures(first: $first) { edges { node { ${ERASURE} } } } }`;
const MOST = 200;

const TARGET: ActTarget = {
  argument: '<erasure>',
  help: 'number of the erasure: cairn staff erase list',
  member: 'erasure',
  type: 'ID!',
};

interface RequestOptions extends GlobalOptions {
  readonly reason: string;
  readonly justification: string;
  readonly type?: string;
  readonly value?: string;
  readonly channels?: string;
  readonly lines?: string;
}

/** `cairn staff erase`: two persons of staff have lines erased. */
export function addEraseCommands(staff: Command, context: CliContext): void {
  const group = staff
    .command('erase')
    .summary('for staff: have lines erased, by two persons')
    .description(
      'Erases lines for good: their bytes and salts, and where nobody else names it the value. One person asks, an approver who is another confirms. ' +
        'The log says which lines were erased and why, and never what they said.',
    );
  addRequest(group, context);
  addReading(group, context);
  addConfirm(group, context);
  addAct(group, context, TARGET, {
    name: 'withdraw',
    help: 'take back an erasure that is not confirmed',
    mutation: 'withdrawErasure',
    answer: ANSWER,
  });
}

function addRequest(group: Command, { io, http }: CliContext): void {
  group
    .command('request')
    .description(
      'staff: ask for lines to be erased: all that is about a value in the channels named, with a request for each, or single lines of one channel. The value is looked up, and is no part of what is asked for.',
    )
    .requiredOption('--reason <reason>', 'data-subject, court-order, legal or mistake; public')
    .requiredOption('--justification <text>', 'why, for staff and auditors; without the value')
    .option('--type <type>', 'signal type of the value')
    .option('--value <value>', 'the value, in its canonical spelling')
    .option('--channels <names>', 'channels in which it is looked up, with commas; a request for each')
    .option('--lines <places>', 'lines of one channel such as 812.0, with commas, in place of a value')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RequestOptions>();
      const person = new PersonClient({ home: options.home, http });
      const { reason, justification } = options;
      // Everything is looked up before anything is asked for.
      for (const lines of await linesOf(person, options)) {
        const variables = { input: { lines, reason: enumValue(reason), justification } };
        const answer = await person.ask({ query: REQUEST, variables, subject: 'erasure' });
        await new Printer(io, options.json ?? false).result(answer, answerLines(answer));
      }
    });
}

interface ConfirmOptions extends GlobalOptions {
  readonly digest: string;
  readonly type?: string;
  readonly value?: string;
  readonly channel?: string;
}

function addConfirm(group: Command, { io, http }: CliContext): void {
  group
    .command('confirm')
    .description(
      'staff: confirm an erasure that another person asked for; this cannot be taken back. With type, value and channel it is held to be about all lines of the value first; these are not sent with it.',
    )
    .argument(TARGET.argument, TARGET.help)
    .requiredOption('--digest <hex>', 'digest of the version that you have seen: cairn staff erase show')
    .option('--type <type>', 'signal type of the value')
    .option('--value <value>', 'the value that the lines are to be about')
    .option('--channel <name>', 'the channel of the lines')
    .action(async (erasure: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ConfirmOptions>();
      const { digest, home } = options;
      const person = new PersonClient({ home, http });
      await requireAbout(person, erasure, options);
      const variables = { input: { erasure, digest } };
      const answer = await person.ask({ query: CONFIRM, variables, subject: `erasure ${erasure}` });
      await new Printer(io, options.json ?? false).result(answer, answerLines(answer));
    });
}

/** The digest fixes the lines, and says nothing of what they are about: whoever confirms looks it up without the one who asked. */
async function requireAbout(person: PersonClient, id: string, options: ConfirmOptions): Promise<void> {
  const { type, value, channel, digest } = options;
  if (type === undefined && value === undefined && channel === undefined) return;
  if (type === undefined || value === undefined || channel === undefined)
    throw new ClientError('OPTION_INVALID', '--value', 'needs --type and --channel');
  const shown = await person.ask({ query: SHOW, variables: { id }, subject: `erasure ${id}` });
  if (shown.digest !== digest)
    throw new ClientError('OPTION_INVALID', '--digest', 'is not that of the erasure');
  const asked = JSON.stringify(shown.lines);
  const found = (await linesAbout(person, { type, value, channel })).map(({ index, line }) => ({
    index,
    line,
  }));
  if (asked === JSON.stringify(found)) return;
  const reason = 'does not name exactly the lines about the value in the channel that are not erased';
  throw new ClientError('OPTION_INVALID', `erasure ${id}`, reason);
}

/** What is asked for, request by request: a channel has its own, since a statement that named lines of two would link them for whoever reads one. */
async function linesOf(person: PersonClient, options: RequestOptions): Promise<LinePlace[][]> {
  const { type, value, channels, lines } = options;
  if (lines !== undefined) return [lines.split(',').map(readPlace)];
  if (type === undefined || value === undefined || channels === undefined)
    throw new ClientError('OPTION_INVALID', '--value', 'needs --type and --channels; or name --lines');
  const found: LinePlace[][] = [];
  for (const channel of new Set(channels.split(',')))
    found.push(await linesAbout(person, { type, value, channel }));
  return found;
}

function linesAbout(person: PersonClient, { value, ...signal }: TracedSignal): Promise<LinePlace[]> {
  return findErasableLines((operation) => person.ask(operation), { ...signal, value: value.toLowerCase() });
}

function readPlace(text: string): LinePlace {
  const [, index, line] = /^([0-9]{1,16})\.([0-9]{1,4})$/.exec(text) ?? [];
  if (index !== undefined && Number.isSafeInteger(Number(index)))
    return { index: Number(index), line: Number(line) };
  throw new ClientError('OPTION_INVALID', '--lines', 'must be a log index, a dot and a line, such as 812.0');
}

function addReading(group: Command, { io, http }: CliContext): void {
  const read = (
    command: Command,
    operationOf: (id: string) => { query: string; variables: Record<string, unknown> },
  ): void => {
    command.action(async (id: string) => {
      const { home, json } = command.optsWithGlobals<GlobalOptions>();
      const answer = await new PersonClient({ home, http }).ask({ ...operationOf(id), subject: 'erasures' });
      await new Printer(io, json ?? false).result(answer, answerLines(answer));
    });
  };
  const list = group.command('list').description(`staff, auditors: the latest ${MOST} erasures`);
  read(list, () => ({ query: LIST, variables: { first: MOST } }));
  const show = group
    .command('show')
    .description('staff, auditors: an erasure, with the document that is confirmed and its digest')
    .argument(TARGET.argument, TARGET.help);
  read(show, (id) => ({ query: SHOW, variables: { id } }));
}
