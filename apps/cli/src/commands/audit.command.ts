import type { Command } from 'commander';
import type { CliContext } from '../cli-io.js';
import { addEventsCommand } from './audit-events.command.js';
import { addTraceCommand } from './audit-trace.command.js';

/** `cairn audit`: where entries come from, and whether the hub tells all. */
export function addAuditCommand(program: Command, context: CliContext, exit: (code: number) => void): void {
  const group = program
    .command('audit')
    .summary('find out where entries come from, and check that nothing is left out')
    .description('Where entries come from, and whether the hub tells all.');
  addTraceCommand(group, context, exit);
  addEventsCommand(group, context);
}
