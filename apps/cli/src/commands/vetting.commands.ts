import type { Command } from 'commander';
import { createHash } from 'node:crypto';
import { ClientError, PersonClient } from '#libs/client';
import type { JsonObject } from '#libs/protocol';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { answerLines } from '../output/answer-lines.js';
import { Printer } from '../output/printer.js';
import { STAFF_ACTS, type ActOption, type StaffAct } from './application-acts.js';
import { enumValue, wholeNumber } from './applicant.commands.js';
import { LIST, mutation, VERSION } from './application-queries.js';

type Given = GlobalOptions & Readonly<Record<string, string | boolean | undefined>>;

/** What staff do, in the session of `cairn login`. */
export function addStaffCommands(group: Command, context: CliContext): void {
  addList(group, context);
  addVersion(group, context);
  for (const act of STAFF_ACTS) addAct(group, context, act);
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

function addAct(group: Command, { io, http }: CliContext, act: StaffAct): void {
  const command = group
    .command(act.name)
    .description(`staff: ${act.help}`)
    .argument('<id>', 'id of the application');
  for (const { flags, help, required } of act.options ?? []) {
    if (required === true) command.requiredOption(flags, help);
    else command.option(flags, help);
  }
  command.action(async (id: string) => {
    const given = command.optsWithGlobals<Given>();
    const { query, variables } = operationOf(act, id, given);
    const person = new PersonClient({ home: given.home, http });
    const answer = await person.ask({ query, variables, subject: `application ${id}` });
    await new Printer(io, given.json ?? false).result(answer, answerLines(answer));
  });
}

function operationOf({ mutation: name, input, options = [] }: StaffAct, application: string, given: Given) {
  if (input === undefined)
    return { query: mutation(name, { application: 'ID!' }), variables: { application } };
  const members = options.flatMap((option): [string, unknown][] => {
    const value = given[nameOf(option)];
    return value === undefined ? [] : [[option.member, valueOf(option, value)]];
  });
  const value = { application, ...Object.fromEntries(members) };
  return { query: mutation(name, { input: `${input}!` }), variables: { input: value } };
}

function nameOf({ flags }: ActOption): string {
  return /^--([a-z]+)/.exec(flags)![1]!;
}

function valueOf({ read, flags }: ActOption, value: string | boolean): unknown {
  if (typeof value === 'boolean') return value;
  switch (read) {
    case 'enum':
      return enumValue(value);
    case 'number':
      return wholeNumber(value, flags);
    case 'list':
      return value.split(',');
    case 'rights':
      return value.split(',').map(toRight);
    default:
      return value;
  }
}

function toRight(text: string): object {
  const [, channel, rights] = /^([a-z0-9-]+):(submit|receive|submit\+receive)$/.exec(text) ?? [];
  if (channel === undefined)
    throw new ClientError('OPTION_INVALID', '--rights', 'must be such as csam:submit+receive');
  return { channel, submit: rights!.includes('submit'), receive: rights!.includes('receive') };
}
