import { Command, CommanderError } from 'commander';
import type { CliContext } from './cli-io.js';
import { addApplicationCommand } from './commands/application.command.js';
import { addApplyCommand } from './commands/apply.command.js';
import { addEndorseCommands } from './commands/endorse.command.js';
import { addAuditCommand } from './commands/audit.command.js';
import { addConformanceCommand } from './commands/conformance.command.js';
import { addExportCommand } from './commands/export.command.js';
import { addInitCommand } from './commands/init.command.js';
import { addKeysCommand } from './commands/keys.command.js';
import { addLoginCommands } from './commands/login.command.js';
import { addLookupCommand } from './commands/lookup.command.js';
import { addPullCommand } from './commands/pull.command.js';
import { addSubmissionCommand } from './commands/submission.command.js';
import { addSubmitCommand } from './commands/submit.command.js';
import { addVerifyCommand } from './commands/verify.command.js';
import { addMemberCommands } from './commands/member.commands.js';
import { addMembersCommand } from './commands/members.command.js';
import { addStaffCommand } from './commands/staff.commands.js';
import { addWhoAmICommand } from './commands/whoami.command.js';
import { EXIT, EXIT_HELP, exitCodeOf } from './exit-codes.js';
import { markThumbprints } from './input/thumbprint-argument.js';
import { Printer } from './output/printer.js';

/**
 * Runs `cairn` with the given arguments.
 *
 * @returns the exit code
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  let code: number = EXIT.ok;
  const program = buildProgram(context, args.includes('--json'), (exit) => (code = exit));
  try {
    await program.parseAsync(markThumbprints(args), { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    new Printer(context.io, args.includes('--json')).error(error);
    return exitCodeOf(error);
  }
}

function buildProgram(context: CliContext, json: boolean, exit: (code: number) => void): Command {
  const { io } = context;
  const program = new Command('cairn')
    .description('Be a member of a Cairn hub: submit signed hashes, pull verified feeds, look values up.')
    .option('--home <directory>', 'directory of your configuration (default: $CAIRN_CLI_HOME, else ~/.cairn)')
    .option('--json', 'print results, and errors on standard error, as JSON: one object a line')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXIT_HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.writeOut(text),
      writeErr: (text) => io.writeError(text),
      outputError: (text, write) => write(usageError(text, json)),
    });
  addInitCommand(program, context);
  addKeysCommand(program, context);
  addMembersCommand(program, context);
  addWhoAmICommand(program, context);
  addConformanceCommand(program, context, exit);
  addLoginCommands(program, context);
  addApplyCommand(program, context);
  addApplicationCommand(program, context);
  addEndorseCommands(program, context);
  addMemberCommands(program, context);
  addStaffCommand(program, context);
  addSubmitCommand(program, context);
  addSubmissionCommand(program, context);
  addPullCommand(program, context);
  addLookupCommand(program, context, exit);
  addExportCommand(program, context);
  addVerifyCommand(program, context);
  addAuditCommand(program, context, exit);
  return program;
}

/** Somebody may have typed a value where an option's word belongs: it is not repeated. */
function usageError(text: string, json: boolean): string {
  const reason = text
    .replaceAll(/[0-9a-f]{32,}/gi, 'a value')
    .replace(/^error: /, '')
    .trim();
  return json
    ? `${JSON.stringify({ error: { code: 'USAGE', subject: 'arguments', reason } })}\n`
    : `cairn: ${reason} (see --help)\n`;
}
