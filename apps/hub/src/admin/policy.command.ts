import type { Command } from 'commander';
import { feedOrigin, provenanceOrigin } from '#libs/ledger';
import { channelsOf, findStanding } from '#libs/membership';
import { type Config, loadConfig, PlatformError } from '#libs/platform';
import { formatPolicy, NO_QUORUM, type PolicyLog } from '#libs/tlog';
import { type CheckpointKeys, openCheckpointKeys } from '../checkpoint-keys.js';
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
  const keys = await openCheckpointKeys(config);
  try {
    const logs: PolicyLog[] = [];
    for (const origin of origins) logs.push({ key: await keyOf(keys, origin), url: config.publicUrl });
    return formatPolicy({ logs, witnesses: [], groups: [], quorum: NO_QUORUM });
  } finally {
    keys.close();
  }
}

async function keyOf(keys: CheckpointKeys, origin: string): Promise<PolicyLog['key']> {
  const key = await keys.of(origin);
  if (key !== null) return key;
  throw new PlatformError(
    'process-failed',
    'the checkpoint keys are not known: the seed is missing, or the signer cannot be asked (CAIRN_SIGNER_URL)',
  );
}
