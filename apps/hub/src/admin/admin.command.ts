import type { Command } from 'commander';
import { addChannelCommands } from './channel.commands.js';
import { addKeyCommands, addMemberCommands } from './member.commands.js';
import { addPolicyCommand } from './policy.command.js';

/** `cairn-hub admin`: the operator's acts on a running hub. Each is a statement in the log. */
export function addAdminCommands(program: Command): void {
  const admin = program.command('admin').description('members, keys, channels and rights of a running hub');
  addMemberCommands(admin);
  addKeyCommands(admin);
  addChannelCommands(admin);
  addPolicyCommand(admin);
}
