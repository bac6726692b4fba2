import type { Command } from 'commander';
import { PersonClient } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { readJsonInput } from '../input/json-file.js';
import { answerLines } from '../output/answer-lines.js';
import { Printer } from '../output/printer.js';
import { enumValue, wholeNumber } from './applicant.commands.js';
import { AGREEMENT, mutation } from './application-queries.js';
import { addAct, type ActOption, type ActTarget, type StaffAct } from './staff-act.js';

const RIGHT = 'rights { channel submit receive changing } conformance { passedAt counts }';
const RECORD = `member name kind status accredited controlGroup since application ${RIGHT}
  waivers { channel reason until person at counts }`;
const REFUSED = '... on ActRefused { code field rule }';
const ANSWER = `{ __typename ... on MemberRecord { ${RECORD} } ${REFUSED} }`;
const SHOW = `query ($name: String!) { member(name: $name) { __typename ... on MemberRecord { ${RECORD} } } }`;
const RIGHTS = `query ($name: String!) { memberRights(member: $name) { __typename ... on MemberRights { member ${RIGHT} } } }`;
const ATTESTATION = `query ($name: String!) { attestation(member: $name) { __typename ... on Attestation {
  application member state attestBy agreementAccepted topics filed { number answers signatory at outcome note } } } }`;
const PAGE = 'pageInfo { hasNextPage endCursor }';
const LIST = `query ($first: Int!, $after: String, $status: MemberStatus) { members(first: $first, after: $after, status: $status) {
  edges { node { member name kind status accredited controlGroup application } } ${PAGE} } }`;
const ACTS = `query ($name: String!, $first: Int!, $after: String) { memberActs(member: $name, first: $first, after: $after) {
  edges { node { number act channel submit receive basis waivedBy accredited controlGroup from reason person at } } ${PAGE} } }`;

const MEMBER: ActTarget = {
  argument: '<name>',
  help: 'name of the member',
  member: 'member',
  type: 'String!',
};
const reason: ActOption = { member: 'reason', flags: '--reason <text>', help: 'why', required: true };

const MEMBER_ACTS: readonly StaffAct[] = [
  {
    name: 'right',
    help: 'say what it may do in a channel; what is not named is taken away',
    mutation: 'setMemberRight',
    input: 'MemberRightInput',
    answer: ANSWER,
    options: [
      { member: 'channel', flags: '--channel <name>', help: 'the channel', required: true },
      { member: 'submit', flags: '--submit', help: 'may submit', read: 'switch' },
      { member: 'receive', flags: '--receive', help: 'may receive the feed', read: 'switch' },
      { member: 'note', flags: '--note <text>', help: 'why', required: true },
    ],
  },
  {
    name: 'waive',
    help: 'let another person give rights without a conformance pass',
    mutation: 'waiveConformance',
    input: 'ConformanceWaiverInput',
    answer: ANSWER,
    options: [
      { member: 'channel', flags: '--channel <name>', help: 'for this channel only' },
      {
        member: 'until',
        flags: '--until <moment>',
        help: 'such as 2027-01-31T00:00Z, at most 90 days ahead',
        required: true,
      },
      reason,
    ],
  },
  {
    name: 'accredit',
    help: 'accredit a hotline',
    mutation: 'setAccreditation',
    input: 'AccreditationInput',
    fixed: { accredited: true },
    answer: ANSWER,
    options: [reason],
  },
  {
    name: 'end-accreditation',
    help: 'take the accreditation of a hotline',
    mutation: 'setAccreditation',
    input: 'AccreditationInput',
    fixed: { accredited: false },
    answer: ANSWER,
    options: [reason],
  },
  {
    name: 'control-group',
    help: 'put it under another control group',
    mutation: 'setControlGroup',
    input: 'MemberControlGroupInput',
    answer: ANSWER,
    options: [{ member: 'group', flags: '--group <name>', help: 'the group', required: true }, reason],
  },
  {
    name: 'recall',
    help: 'void what it said from a log index on',
    mutation: 'recallMember',
    input: 'RecallInput',
    answer: ANSWER,
    options: [
      { member: 'from', flags: '--from <index>', help: 'the log index', required: true, read: 'number' },
      reason,
    ],
  },
];

type Given = GlobalOptions & Readonly<Record<string, string | undefined>>;

/** `cairn member`: what staff see of members and do about them, in the session of `cairn login`. */
export function addMemberCommands(program: Command, context: CliContext): void {
  const group = program
    .command('member')
    .summary(
      'for staff: members, their rights, accreditation and control; stop and expel by cairn application',
    )
    .description('What staff see of members and do about them, in the session of cairn login.');
  const list = pages(group.command('list').description('staff: list members by name')).option(
    '--status <status>',
    'active, probation, suspended or expelled',
  );
  ask(list, context, LIST, 'members', ({ status }) => ({
    status: status === undefined ? null : enumValue(status),
  }));
  const named = (name: string, help: string): Command =>
    group.command(name).description(help).argument('<name>', 'name of the member');
  ask(named('show', 'staff: show a member'), context, SHOW, 'member');
  ask(named('rights', 'rights of a member, or of the one that you administer'), context, RIGHTS, 'member');
  ask(pages(named('acts', 'staff: what was done about a member, the latest first')), context, ACTS, 'member');
  ask(
    named('attestation', 'the yearly attestation of a member, or of yours'),
    context,
    ATTESTATION,
    'member',
  );
  addAttest(group, context);
  addAgreement(group, context);
  for (const act of MEMBER_ACTS) addAct(group, context, MEMBER, act);
}

/** What an administrator files for the own member. */
function addAttest(group: Command, { io, http }: CliContext): void {
  group
    .command('attest')
    .description('file the attestation of the member that you administer')
    .argument('<file>', 'JSON file: {"<topic>": {"changed": true, "what": "…"}, …} for each topic')
    .requiredOption('--name <name>', 'name of the signatory')
    .requiredOption('--title <title>', 'title of the signatory')
    .requiredOption('--email <address>', 'e-mail address of the signatory')
    .action(async (file: string, _options: unknown, command: Command) => {
      const { home, json, name, title, email } = command.optsWithGlobals<Given>();
      const said = Object.entries(await readJsonInput(file));
      const answers = said.map(([topic, answer]) => ({ topic, ...(answer as object) }));
      const person = new PersonClient({ home, http });
      const query = mutation('fileAttestation', { input: 'AttestationInput!' });
      const variables = { input: { answers, name, title, email } };
      const answer = await person.ask({ query, variables, subject: 'attestation' });
      await new Printer(io, Boolean(json)).result(answer, answerLines(answer));
    });
}

/** The agreement as who administers a member reads and accepts it. */
function addAgreement(group: Command, context: CliContext): void {
  const show = group.command('agreement').description('show the agreement in force, its digest and deadline');
  ask(show, context, AGREEMENT, 'agreement');
  const accept = group
    .command('accept-agreement')
    .description('accept the agreement for the member that you administer, in the name of a signatory')
    .requiredOption('--version <number>', 'version that was read: cairn member agreement')
    .requiredOption('--digest <hex>', 'its digest')
    .requiredOption('--name <name>', 'name of the signatory')
    .requiredOption('--title <title>', 'title of the signatory')
    .requiredOption('--email <address>', 'e-mail address of the signatory');
  const accepting = mutation('acceptAgreementForMember', { input: 'AcceptAgreementInput!' });
  ask(accept, context, accepting, 'agreement', ({ version, digest, name, title, email }) => ({
    input: { version: wholeNumber(version!, '--version'), digest, name, title, email },
  }));
}

function pages(command: Command): Command {
  return command
    .option('--first <number>', 'how many at most', '50')
    .option('--after <cursor>', 'go on after this cursor');
}

/** Prints what the hub answers to a query, about the member that is named if one is. */
function ask(
  command: Command,
  { io, http }: CliContext,
  query: string,
  subject: string,
  more: (given: Given) => object = () => ({}),
): void {
  command.action(async () => {
    const given = command.optsWithGlobals<Given>();
    const [name] = command.args;
    const { first, after = null } = given;
    const variables = {
      ...(name !== undefined && { name }),
      ...(first !== undefined && { first: wholeNumber(first, '--first'), after }),
      ...more(given),
    };
    const person = new PersonClient({ home: given.home, http });
    const answer = await person.ask({ query, variables, subject });
    await new Printer(io, Boolean(given.json)).result(answer, answerLines(answer));
  });
}
