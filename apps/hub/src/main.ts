#!/usr/bin/env node
import 'reflect-metadata';
import { Command } from 'commander';
import { KeysError } from '#libs/keys';
import { EXIT_CONFIG, PlatformError } from '#libs/platform';
import { SignerRecordError } from '#libs/ledger';
import { ProtocolError, StrictJsonError } from '#libs/protocol';
import { ActRefusedError } from './admin/administer.js';
import { addAdminCommands } from './admin/admin.command.js';
import { printConfig } from './commands/config.command.js';
import { doctor } from './commands/doctor.command.js';
import { migrateOnly } from './commands/migrate.command.js';
import { addSignerCommands } from './commands/signer.command.js';
import { start } from './commands/start.command.js';

const program = new Command('cairn-hub').description('Runs a Cairn hub. Settings are CAIRN_* variables.');

program
  .command('start')
  .description('start the hub: database, migrations, API and worker, until Ctrl-C')
  .action(start);
program.command('migrate').description('bring the database to the present schema').action(migrateOnly);
program.command('config').description('print all settings, without secrets').action(printConfig);
program
  .command('doctor')
  .description('check what the hub needs')
  .action(async () => {
    if (!(await doctor())) process.exitCode = 1;
  });
addAdminCommands(program);
addSignerCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  // Expected failures say all there is to say; anything else is a defect and shows where it happened.
  const known = [
    PlatformError,
    ActRefusedError,
    KeysError,
    ProtocolError,
    SignerRecordError,
    StrictJsonError,
  ].some((type) => error instanceof type);
  process.stderr.write(
    `cairn-hub: ${known ? (error as Error).message : String(error instanceof Error ? error.stack : error)}\n`,
  );
  process.exit(error instanceof PlatformError && error.code === 'config-invalid' ? EXIT_CONFIG : 1);
}
