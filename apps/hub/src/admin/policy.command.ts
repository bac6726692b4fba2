import { join } from 'node:path';
import type { Command } from 'commander';
import { deriveCheckpointKey, loadSeed } from '#libs/keys';
import { feedOrigin, provenanceOrigin } from '#libs/ledger';
import { channelsOf, findStanding } from '#libs/membership';
import { type Config, loadConfig } from '#libs/platform';
import { formatPolicy, NO_QUORUM, NOTE_SIGNATURE, type PolicyLog, verifierKey } from '#libs/tlog';
import { withHubDatabase } from './admin-database.js';
import { ActRefusedError, OPERATOR } from './administer.js';

/** `cairn-hub admin policy`: what a member pins. */
export function addPolicyCommand(admin: Command): void {
  admin
    .command('policy')
    .description(
      'print the policy file of a member: the log and feed keys it verifies with (C2SP tlog-policy)',
    )
    .requiredOption('--member <name>', 'the member it is for')
    .action(async ({ member }: { member: string }) => {
      process.stdout.write(await policyFile(loadConfig(process.env), member));
    });
}

/** The policy file of a member: the provenance log and the feeds that it may receive. */
export async function policyFile(config: Config, member: string): Promise<string> {
  const seed = await loadSeed(join(config.dataDir, 'keys', 'checkpoint.seed'));
  const channels = await withHubDatabase(config, (database) =>
    database.read('receivable-channels', OPERATOR, async (tx) => {
      const standing = await findStanding(tx, member);
      if (standing === null)
        throw new ActRefusedError({ field: member, rule: 'is not a member of this hub' });
      return (await channelsOf(tx, standing.id)).filter((channel) => channel.receive);
    }),
  );
  const origins = [
    provenanceOrigin(config.origin),
    ...channels.map(({ channel }) => feedOrigin(config.origin, channel)),
  ];
  const logs = origins.map((origin): PolicyLog => {
    const { publicKey } = deriveCheckpointKey(seed, origin);
    return { key: verifierKey(origin, NOTE_SIGNATURE, publicKey), url: config.publicUrl };
  });
  return formatPolicy({ logs, witnesses: [], groups: [], quorum: NO_QUORUM });
}
