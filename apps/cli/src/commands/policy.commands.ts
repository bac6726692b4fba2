import type { Command } from 'commander';
import { ClientError, PersonClient } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { readInputFile } from '../input/json-file.js';
import { answerLines } from '../output/answer-lines.js';
import { Printer } from '../output/printer.js';
import { wholeNumber } from './applicant.commands.js';
import { PUBLISH_AGREEMENT, SET_POLICY, SHOW_POLICY } from './application-queries.js';

const SUBJECT = 'admission policy';

/** Numbers of the policy, by their options. */
const NUMBERS: Readonly<Record<string, string>> = {
  endorsements: 'endorsements by unrelated members that an applicant needs',
  'founding-members': 'while there are fewer full members, staff may admit without endorsements',
  'objection-days': 'days of the objection window',
  'probation-days': 'days of probation',
  'probation-entries-a-day': 'entries that a member on probation may submit in 24 hours',
  'conformance-days': 'days for which a passed conformance run counts',
  'attestation-days': 'days between re-attestations',
};

type Given = GlobalOptions & Readonly<Record<string, string | undefined>>;

/** `cairn application policy` and `publish-agreement`: what the alliance asks of everybody. */
export function addPolicyCommands(group: Command, context: CliContext): void {
  addPolicy(group, context);
  addPublish(group, context);
}

function addPolicy(group: Command, { io, http }: CliContext): void {
  const policy = group.command('policy').description('staff: show or set how the alliance admits');
  policy
    .command('show', { isDefault: true })
    .description('show the policy in force')
    .action(async (_options: unknown, command: Command) => {
      const { home, json } = command.optsWithGlobals<GlobalOptions>();
      const operation = { query: SHOW_POLICY, variables: {}, subject: SUBJECT };
      const answer = await new PersonClient({ home, http }).ask(operation);
      await new Printer(io, json ?? false).result(answer, answerLines(answer));
    });
  const set = policy
    .command('set')
    .description('set the policy; what is not given stays as it is in the policy in force');
  for (const [name, help] of Object.entries(NUMBERS)) set.option(`--${name} <number>`, help);
  set
    .option('--academic-rights <yes|no>', 'whether academic bodies can be given rights')
    .option('--child-safety-channels <names>', 'channels of child safety, with commas')
    .action(async (_options: unknown, command: Command) => {
      const given = command.optsWithGlobals<Given>();
      const person = new PersonClient({ home: given.home, http });
      const change = changeOf(given);
      const { version: _version, ...present } = await person.ask({
        query: SHOW_POLICY,
        variables: {},
        subject: SUBJECT,
      });
      const variables = { input: { ...present, ...change } };
      const answer = await person.ask({ query: SET_POLICY, variables, subject: SUBJECT });
      await new Printer(io, Boolean(given.json)).result(answer, answerLines(answer));
    });
}

function changeOf(given: Given): object {
  const { academicRights, childSafetyChannels } = given;
  const numbers = Object.keys(NUMBERS).flatMap((option) => {
    const member = option.replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
    const text = given[member];
    return text === undefined ? [] : [[member, wholeNumber(text, `--${option}`)]];
  });
  if (academicRights !== undefined && !['yes', 'no'].includes(academicRights))
    throw new ClientError('OPTION_INVALID', '--academic-rights', 'must be yes or no');
  const change = {
    ...(Object.fromEntries(numbers) as object),
    ...(academicRights !== undefined && { academicRights: academicRights === 'yes' }),
    ...(childSafetyChannels !== undefined && {
      childSafetyChannels: childSafetyChannels.split(',').filter((name) => name !== ''),
    }),
  };
  if (Object.keys(change).length > 0) return change;
  throw new ClientError('OPTION_INVALID', 'arguments', 'give at least one option');
}

function addPublish(group: Command, { io, http }: CliContext): void {
  group
    .command('publish-agreement')
    .description('staff: publish the next version of the agreement')
    .argument('<file>', 'file with the text')
    .requiredOption('--title <text>', 'its title')
    .requiredOption('--until <moment>', 'deadline of members who accepted another version, in UTC')
    .action(async (file: string, _options: unknown, command: Command) => {
      const { home, json, title, until } = command.optsWithGlobals<GlobalOptions & Given>();
      const input = { title, text: (await readInputFile(file)).toString('utf8'), acceptBy: until };
      const answer = await new PersonClient({ home, http }).ask({
        query: PUBLISH_AGREEMENT,
        variables: { input },
        subject: 'agreement',
      });
      await new Printer(io, Boolean(json)).result(answer, answerLines(answer));
    });
}
