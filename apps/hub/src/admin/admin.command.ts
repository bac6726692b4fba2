import type { Command } from 'commander';
import { addBootstrapCommand } from './bootstrap.command.js';
import { addChannelCommands } from './channel.commands.js';
import { addPolicyCommand } from './policy.command.js';
import { enterCommand } from './record-command.js';

/** `cairn-hub admin`: what staff cannot do on a running hub. First staff and channels are statements in the log; everything about members is up to staff. */
export function addAdminCommands(program: Command): void {
  const admin = program
    .command('admin')
    .description('first staff and channels of a running hub, and the policy file of a member')
    .hook('preAction', (_admin, command) => enterCommand(command));
  addBootstrapCommand(admin);
  addChannelCommands(admin);
  addPolicyCommand(admin);
}
