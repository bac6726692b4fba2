import type { Command } from 'commander';
import type { CliContext } from '../cli-io.js';
import { addApplicantCommands } from './applicant.commands.js';
import { addPolicyCommands } from './policy.commands.js';
import { addCheckCommands } from './check.commands.js';
import { addStaffCommands } from './vetting.commands.js';

/** `cairn application`: an applicant's own, or, with an id, what staff do. */
export function addApplicationCommand(program: Command, context: CliContext): void {
  const group = program
    .command('application')
    .summary('your application to a hub; or, for staff, the applications of others')
    .description(
      'Without an id: the application that cairn apply began. With one: an act of staff, in the session of cairn login.',
    );
  addApplicantCommands(group, context);
  addCheckCommands(group, context);
  addStaffCommands(group, context);
  addPolicyCommands(group, context);
}
