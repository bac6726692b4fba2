import type { Command } from 'commander';
import { ClientError, PersonClient } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { answerLines } from '../output/answer-lines.js';
import { Printer } from '../output/printer.js';
import { enumValue, wholeNumber } from './applicant.commands.js';
import { mutation } from './application-queries.js';

/** An option of an act: the member of the input that it gives, its flags and its words. */
export interface ActOption {
  readonly member: string;
  readonly flags: string;
  readonly help: string;
  readonly required?: boolean;
  /** How its text becomes the member; as it is unless given. A switch that is not there is false. */
  readonly read?: 'enum' | 'number' | 'list' | 'rights' | 'flag' | 'switch';
}

/** An act of staff. */
export interface StaffAct {
  readonly name: string;
  readonly help: string;
  readonly mutation: string;
  /** Type of the input; without one the mutation takes what it is about alone. */
  readonly input?: string;
  /** Members of the input that the act's name says. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  readonly options?: readonly ActOption[];
  /** What is asked of the answer; that of an act on an application unless given. */
  readonly answer?: string;
}

/** What acts are about: the argument of the command, and the member of the input that it gives. */
export interface ActTarget {
  readonly argument: string;
  readonly help: string;
  readonly member: string;
  readonly type: string;
}

type Given = GlobalOptions & Readonly<Record<string, string | boolean | undefined>>;

/** A command that does an act in the session of `cairn login`, and prints what the hub answers. */
export function addAct(group: Command, { io, http }: CliContext, target: ActTarget, act: StaffAct): void {
  const command = group
    .command(act.name)
    .description(`staff: ${act.help}`)
    .argument(target.argument, target.help);
  for (const { flags, help, required } of act.options ?? []) {
    if (required === true) command.requiredOption(flags, help);
    else command.option(flags, help);
  }
  command.action(async (about: string) => {
    const given = command.optsWithGlobals<Given>();
    const { query, variables } = operationOf(target, act, about, given);
    const person = new PersonClient({ home: given.home, http });
    const answer = await person.ask({ query, variables, subject: `${target.member} ${about}` });
    await new Printer(io, given.json ?? false).result(answer, answerLines(answer));
  });
}

function operationOf({ member, type }: ActTarget, act: StaffAct, about: string, given: Given) {
  const { mutation: name, input, fixed = {}, options = [], answer } = act;
  if (input === undefined)
    return { query: mutation(name, { [member]: type }, answer), variables: { [member]: about } };
  const members = options.flatMap((option): [string, unknown][] => {
    const value = given[nameOf(option)] ?? (option.read === 'switch' ? false : undefined);
    return value === undefined ? [] : [[option.member, valueOf(option, value)]];
  });
  const value = { [member]: about, ...fixed, ...Object.fromEntries(members) };
  return { query: mutation(name, { input: `${input}!` }, answer), variables: { input: value } };
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
