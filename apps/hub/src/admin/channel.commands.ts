import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ChannelAdministration } from '#libs/membership';
import { type ChannelPolicy, parseStrictJson, readChannelPolicy, SIGNAL_TYPES } from '#libs/protocol';
import { administer, OPERATOR } from './administer.js';
import { inputName } from './arguments.js';

/** `cairn-hub admin channel …`: what is shared. */
export function addChannelCommands(admin: Command): void {
  const channel = admin.command('channel').description('begin channels and change their policies');
  channel
    .command('create <name>')
    .description('begin a channel; without --policy it takes every signal type, no labels, TLP:AMBER')
    .option('--policy <file>', 'JSON file with the policy (docs/protocol.md)')
    .action(async (name: string, { policy: file }: { policy?: string }) => {
      const policy = file === undefined ? defaultPolicy() : readPolicy(file);
      await administer(
        (database) => new ChannelAdministration(database).create(OPERATOR, inputName(name, 'name'), policy),
        () => `created channel ${name}`,
      );
    });
  channel
    .command('policy <name> <file>')
    .description('set the policy of a channel; labels can be added, never renamed or removed')
    .action(async (name: string, file: string) => {
      const policy = readPolicy(file);
      await administer(
        (database) => new ChannelAdministration(database).setPolicy(OPERATOR, name, policy),
        () => `channel ${name} has a new policy`,
      );
    });
}

function defaultPolicy(): ChannelPolicy {
  const types = SIGNAL_TYPES.map((type) => type.name).sort();
  return { tlp: 'amber', types, labels: [], corroboration: 2 };
}

function readPolicy(file: string): ChannelPolicy {
  return readChannelPolicy(parseStrictJson(readFileSync(file, 'utf8').trim()));
}
