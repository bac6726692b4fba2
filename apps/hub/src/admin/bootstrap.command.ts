import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import {
  bootstrapStaff,
  INVITATION_DAYS,
  STAFF_ROLES,
  type FirstStaff,
  type StaffRole,
} from '#libs/membership';
import { type Config, loadConfig, loginIssuer } from '#libs/platform';
import { withHubDatabase } from './admin-database.js';
import { ActRefusedError, OPERATOR } from './administer.js';
import { oneOf } from './arguments.js';

/** Enough for every act of two people, and for inviting others. */
const DEFAULT_INVITATIONS: readonly StaffRole[] = ['vetter', 'approver', 'approver'];

interface BootstrapOptions {
  readonly invite?: readonly StaffRole[];
  readonly give?: readonly GivenRole[];
  readonly issuer?: string;
}

interface GivenRole {
  readonly role: StaffRole;
  readonly subject: string;
}

/** `cairn-hub admin bootstrap`: the first staff of a hub that has none. */
export function addBootstrapCommand(admin: Command): void {
  const roles = STAFF_ROLES.join(', ');
  admin
    .command('bootstrap')
    .summary('make the first staff of a hub that has none')
    .description(
      'Makes the first staff: prints invitations, to be handed to the people, or gives roles to people whose subject at the ' +
        'identity provider is known. At least two people, one of them an approver. Works only while there are no staff, and is ' +
        `recorded. Without options it invites ${DEFAULT_INVITATIONS.join(', ')}.`,
    )
    .option(
      '--invite <role>',
      `invite somebody to a role (${roles}); can be repeated`,
      collect(oneOf(STAFF_ROLES)),
    )
    .option('--give <role=subject>', 'give a role to a person; can be repeated', collect(readGiven))
    .option('--issuer <url>', 'identity provider of these people; default: the one of the hub')
    .action(async (options: BootstrapOptions) => {
      process.stdout.write(await bootstrap(loadConfig(process.env), options));
    });
}

async function bootstrap(config: Config, { invite, give = [], issuer }: BootstrapOptions): Promise<string> {
  const staff: FirstStaff = {
    invite: invite ?? (give.length === 0 ? DEFAULT_INVITATIONS : []),
    give: give.map(({ role, subject }) => ({
      role,
      identity: { issuer: issuer ?? loginIssuer(config), subject },
    })),
  };
  const done = await withHubDatabase(config, async (database) => {
    const outcome = await bootstrapStaff(database, OPERATOR, staff);
    if (!outcome.ok) throw new ActRefusedError(outcome);
    return outcome;
  });
  const lines = [
    ...give.map(({ role, subject }) => `${subject} is ${role}`),
    ...done.invitations.map(({ role, token }) => `invitation for ${role}: ${token}`),
  ];
  if (done.invitations.length > 0) {
    lines.push(
      `Each is for another person, works once, and for ${INVITATION_DAYS} days. Log in: ${config.publicUrl}/login`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** A parser of an option that can be repeated. */
function collect<T>(parse: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, parse(text)];
}

function readGiven(text: string): GivenRole {
  const [role = '', ...subject] = text.split('=');
  const read = { role: oneOf(STAFF_ROLES)(role), subject: subject.join('=') };
  if (/^[^\p{Cc}\p{Cs}]{1,500}$/u.test(read.subject)) return read;
  throw new InvalidArgumentError('must be a role, an equals sign and a subject');
}
