import type { Command } from 'commander';
import { FileSignerRecord, recomputePublishedHeads, signerRecordPath, type SignedHead } from '#libs/ledger';
import { loadConfig, PlatformError } from '#libs/platform';
import { withHubDatabase } from '../admin/admin-database.js';
import { createSigner } from '../hub-keys.js';

/** `cairn-hub signer`: what the signer remembers, and how it begins. */
export function addSignerCommands(program: Command): void {
  const signer = program.command('signer').description('the record of what the signer signed last');
  signer.command('show').description('print the head of each log that was signed last').action(show);
  signer
    .command('init')
    .description('make seed and record of a signer that others reach by CAIRN_SIGNER_URL')
    .action(() => createSigner(loadConfig(process.env)));
  signer
    .command('adopt')
    .description('make a lost record anew from the published checkpoints; first prints them')
    .option('--confirm', 'write the record: these are the latest heads that anybody was ever shown')
    .action(adopt);
}

function show(): void {
  print(new FileSignerRecord(signerRecordPath(loadConfig(process.env).dataDir)).heads());
}

/**
 * Adopts the published heads of the database of a running hub, each recomputed from its entries. Whether they are the latest that
 * were ever signed is more than this machine can know: the operator compares them with copies of members and confirms.
 */
async function adopt({ confirm }: { confirm?: true }): Promise<void> {
  const config = loadConfig(process.env);
  const path = signerRecordPath(config.dataDir);
  const heads = await withHubDatabase(config, (database) =>
    database.read('adopt-heads', 'system:operator', (tx) => recomputePublishedHeads(tx)),
  );
  print(heads);
  if (confirm !== true) {
    process.stdout.write(
      'Nothing was written. Compare these with the newest checkpoints that members and mirrors hold; then add --confirm.\n',
    );
    return;
  }
  if (FileSignerRecord.create(path, heads)) process.stdout.write(`Written to ${path}.\n`);
  else
    throw new PlatformError(
      'process-failed',
      `${path} is there: the signer has a record, and none is overwritten`,
    );
}

function print(heads: ReadonlyMap<string, SignedHead>): void {
  for (const [origin, { size, root }] of heads)
    process.stdout.write(`${origin}  ${size}  ${Buffer.from(root).toString('base64')}\n`);
}
