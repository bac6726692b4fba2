import type { Command } from 'commander';
import { addAdmissionCommands } from './admission.commands.js';
import { addBootstrapCommand } from './bootstrap.command.js';
import { addChannelCommands } from './channel.commands.js';
import { addKeyCommands, addMemberCommands } from './member.commands.js';
import { addPolicyCommand } from './policy.command.js';
import { enterCommand } from './record-command.js';

/** `cairn-hub admin`: the operator's acts on a running hub. Each is recorded; those on members and channels are statements in the log. */
export function addAdminCommands(program: Command): void {
  const admin = program
    .command('admin')
    .description('first staff, members, keys, channels and rights of a running hub')
    .hook('preAction', (_admin, command) => enterCommand(command));
  addBootstrapCommand(admin);
  addAdmissionCommands(admin);
  addMemberCommands(admin);
  addKeyCommands(admin);
  addChannelCommands(admin);
  addPolicyCommand(admin);
}
