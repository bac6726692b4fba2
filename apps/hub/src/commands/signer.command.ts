import type { Command } from 'commander';
import { FileSignerRecord, recomputePublishedHeads, signerRecordPath, type SignedHead } from '#libs/ledger';
import { loadConfig } from '#libs/platform';
import { withHubDatabase } from '../admin/admin-database.js';
import { OPERATOR } from '../admin/administer.js';
import { enterCommand } from '../admin/record-command.js';
import { createSigner } from '../hub-keys.js';
import { adoptHeads } from './adopt-heads.js';

interface AdoptOptions {
  confirm?: true;
}

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
    .action((options: AdoptOptions, command: Command) => adopt(options, command));
}

function show(): void {
  print(new FileSignerRecord(signerRecordPath(loadConfig(process.env).dataDir)).heads());
}

/**
 * Adopts the published heads of the database of a running hub, each recomputed from its entries. Whether they are the latest that
 * were ever signed is more than this machine can know: the operator compares them with copies of members and confirms.
 */
async function adopt({ confirm }: AdoptOptions, command: Command): Promise<void> {
  const config = loadConfig(process.env);
  const path = signerRecordPath(config.dataDir);
  // Whoever only looks does nothing that an auditor would ask for.
  if (confirm === true) enterCommand(command);
  await withHubDatabase(config, async (database) => {
    const heads = await database.read('adopt-heads', OPERATOR, (tx) => recomputePublishedHeads(tx));
    print(heads);
    if (confirm === true) await adoptHeads(database, path, heads);
  });
  process.stdout.write(
    confirm === true
      ? `Written to ${path}.\n`
      : 'Nothing was written. Compare these with the newest checkpoints that members and mirrors hold; then add --confirm.\n',
  );
}

function print(heads: ReadonlyMap<string, SignedHead>): void {
  for (const [origin, { size, root }] of heads)
    process.stdout.write(`${origin}  ${size}  ${Buffer.from(root).toString('base64')}\n`);
}
