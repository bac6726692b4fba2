import type { Command } from 'commander';
import { PersonClient } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { answerLines } from '../output/answer-lines.js';
import { Printer } from '../output/printer.js';
import { enumValue } from './applicant.commands.js';
import { addEraseCommands } from './erase.commands.js';
import { addAccept } from './login.command.js';
import { addAct, type ActOption, type ActTarget, type StaffAct } from './staff-act.js';

const PERSON = 'id name email roles administers disabled';
const ANSWER = `{ __typename ... on Person { ${PERSON} } ... on ActRefused { code field rule } }`;
const ISSUED = `{ __typename ... on InvitationIssued { id token expiresAt } ... on ActRefused { code field rule } }`;
const LIST = `query { staff { ${PERSON} } }`;
const INVITE = `mutation ($role: StaffRole!) { inviteStaff(role: $role) ${ISSUED} }`;
const INVITE_ADMINISTRATOR = `mutation ($member: String!) { inviteMemberAdministrator(member: $member) ${ISSUED} }`;

const ABOUT: ActTarget = {
  argument: '<person>',
  help: 'number of the person: cairn staff list',
  member: 'person',
  type: 'ID!',
};
const reason: ActOption = { member: 'reason', flags: '--reason <text>', help: 'why', required: true };
const role: ActOption = {
  member: 'role',
  flags: '--role <role>',
  help: 'vetter, approver, auditor or operator',
  required: true,
  read: 'enum',
};
const onRole = (name: string, help: string, mutation: string): StaffAct => ({
  name,
  help,
  mutation,
  input: 'StaffRoleInput',
  answer: ANSWER,
  options: [role, reason],
});
const onPerson = (name: string, help: string, mutation: string): StaffAct => ({
  name,
  help,
  mutation,
  input: 'PersonActInput',
  answer: ANSWER,
  options: [reason],
});

const PERSON_ACTS: readonly StaffAct[] = [
  onRole('give', 'give a role to another person', 'giveStaffRole'),
  onRole('take', 'take a role from another person, from its next request on', 'takeStaffRole'),
  onPerson('take-member', 'take the administration of its member from a person', 'takeMemberAdministration'),
  onPerson('disable', 'keep another person from logging in, and end its sessions', 'disablePerson'),
  onPerson('enable', 'let a disabled person log in again', 'enablePerson'),
];

/** `cairn staff`: the people of the alliance, in the session of `cairn login`. */
export function addStaffCommand(program: Command, context: CliContext): void {
  const group = program
    .command('staff')
    .summary('for staff: people, their roles and invitations')
    .description('People, their roles and invitations, in the session of cairn login.');
  addList(group, context);
  addInvitation(group, context, 'invite', '<role>', 'staff: invite somebody to a role', (text) => ({
    query: INVITE,
    variables: { role: enumValue(text) },
  }));
  addInvitation(
    group,
    context,
    'invite-administrator',
    '<member>',
    'invite somebody to administer a member',
    (member) => ({ query: INVITE_ADMINISTRATOR, variables: { member } }),
  );
  addAct(
    group,
    context,
    { argument: '<id>', help: 'number of the invitation', member: 'id', type: 'ID!' },
    {
      name: 'revoke-invitation',
      help: 'take an invitation back',
      mutation: 'revokeInvitation',
      answer: '{ __typename ... on InvitationRevoked { id } ... on ActRefused { code field rule } }',
    },
  );
  addEraseCommands(group, context);
  addAccept(group, context);
  for (const act of PERSON_ACTS) addAct(group, context, ABOUT, act);
}

function addList(group: Command, { io, http }: CliContext): void {
  group
    .command('list')
    .description('everybody who has a role of staff')
    .action(async (_options: unknown, command: Command) => {
      const { home, json } = command.optsWithGlobals<GlobalOptions>();
      const operation = { query: LIST, variables: {}, subject: 'staff' };
      const staff = await new PersonClient({ home, http }).askForList(operation);
      await new Printer(io, json ?? false).result({ staff }, answerLines({ staff }));
    });
}

/** The token is in the answer: it is shown this once, to be handed on. */
function addInvitation(
  group: Command,
  { io, http }: CliContext,
  name: string,
  argument: string,
  help: string,
  toOperation: (text: string) => { query: string; variables: Record<string, unknown> },
): void {
  group
    .command(name)
    .description(help)
    .argument(argument)
    .action(async (text: string, _options: unknown, command: Command) => {
      const { home, json } = command.optsWithGlobals<GlobalOptions>();
      const person = new PersonClient({ home, http });
      const answer = await person.ask({ ...toOperation(text), subject: 'invitation' });
      await new Printer(io, json ?? false).result(answer, answerLines(answer));
    });
}
