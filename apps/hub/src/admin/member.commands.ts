import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { MemberAdministration } from '#libs/membership';
import {
  KEY_PURPOSES,
  MEMBER_KINDS,
  MEMBER_STATUSES,
  parseStrictJson,
  REVOCATION_REASONS,
} from '#libs/protocol';
import { administer, OPERATOR } from './administer.js';
import { inputName, inputText, oneOf, wholeNumber } from './arguments.js';

/** `cairn-hub admin member …`: who takes part. */
export function addMemberCommands(admin: Command): void {
  const member = admin.command('member').description('admit members and change their standing');
  member
    .command('add <name>')
    .description('admit a member; the name (a-z, 0-9, hyphens) stands for it for ever')
    .requiredOption('--kind <kind>', `one of ${MEMBER_KINDS.join(', ')}`, oneOf(MEMBER_KINDS))
    .option('--display-name <text>', 'the name people know it by; default: the name')
    .option('--group <group>', 'control group, if it shares owners with another member; default: the name')
    .option('--accredited', 'its entries are verified (hotlines only)', false)
    .action(async (name: string, options: MemberOptions) => {
      const facts = {
        member: inputName(name, 'name'),
        name: inputText(options.displayName ?? name, 'display-name'),
        kind: options.kind,
        group: inputName(options.group ?? name, 'group'),
        accredited: options.accredited,
      };
      await administer(
        (database) => new MemberAdministration(database).admit(OPERATOR, facts),
        () => `admitted ${name}`,
      );
    });
  member
    .command('status <name> <status>')
    .description(`set a member's standing: ${MEMBER_STATUSES.join(', ')}`)
    .action(async (name: string, status: string) => {
      const standing = oneOf(MEMBER_STATUSES)(status);
      await administer(
        (database) => new MemberAdministration(database).setStatus(OPERATOR, name, standing),
        () => `${name} is ${standing}`,
      );
    });
}

interface MemberOptions {
  kind: (typeof MEMBER_KINDS)[number];
  displayName?: string;
  group?: string;
  accredited: boolean;
}

/** `cairn-hub admin key …`: the public keys of members. */
export function addKeyCommands(admin: Command): void {
  const key = admin.command('key').description('register and revoke keys of members');
  key
    .command('add <member>')
    .description('register a public key, given as a JWK in a file (- for standard input)')
    .requiredOption('--purpose <purpose>', KEY_PURPOSES.join(' or '), oneOf(KEY_PURPOSES))
    .requiredOption('--jwk <file>', 'file with the public JWK')
    .action(
      async (member: string, { purpose, jwk }: { purpose: (typeof KEY_PURPOSES)[number]; jwk: string }) => {
        const publicKey: unknown = parseStrictJson(readFileSync(jwk === '-' ? 0 : jwk, 'utf8').trim());
        await administer(
          (database) => new MemberAdministration(database).addKey(OPERATOR, member, purpose, publicKey),
          ({ thumbprint }) => `registered ${purpose} key ${thumbprint} of ${member}`,
        );
      },
    );
  key
    .command('revoke <member> <thumbprint>')
    .description('revoke a key: nothing it signs from now on has effect')
    .requiredOption('--reason <reason>', `one of ${REVOCATION_REASONS.join(', ')}`, oneOf(REVOCATION_REASONS))
    .option('--from <index>', 'also void what it signed from this log index on', wholeNumber('from'))
    .action(async (member: string, thumbprint: string, options: RevokeOptions) => {
      const { reason, from = null } = options;
      await administer(
        (database) =>
          new MemberAdministration(database).revokeKey(OPERATOR, member, thumbprint, reason, from),
        () => `revoked ${thumbprint} of ${member}`,
      );
    });
}

interface RevokeOptions {
  reason: (typeof REVOCATION_REASONS)[number];
  from?: number;
}
