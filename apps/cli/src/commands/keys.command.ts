import { Option, type Command } from 'commander';
import { MemberHome } from '#libs/client';
import type { SignatureAlgorithm } from '#libs/keys';
import { KEY_PURPOSES, type KeyPurpose } from '#libs/protocol';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { Printer } from '../output/printer.js';
import { addKeyActs } from './keys-act.commands.js';
import { addKeyRegistrations } from './keys-register.commands.js';

interface NewKeyOptions extends GlobalOptions {
  readonly purpose: KeyPurpose;
  readonly alg: SignatureAlgorithm;
  readonly out?: string;
}

/** `cairn keys` */
export function addKeysCommand(program: Command, context: CliContext): void {
  const keys = program
    .command('keys')
    .description('Make, register, rotate and revoke the keys of your member.');
  addNew(keys, context);
  addKeyRegistrations(keys, context);
  addKeyActs(keys, context);
}

function addNew(keys: Command, { io }: CliContext): void {
  keys
    .command('new')
    .summary('make a key pair and print its public part')
    .description(
      'Makes a key pair. The private part stays in a file that only you can read; the public part, printed as a JWK, is what ' +
        'the alliance registers. No key has two purposes: auth gets access tokens, signing signs what you submit.',
    )
    .addOption(
      new Option('--purpose <purpose>', 'what it is for').choices(KEY_PURPOSES).makeOptionMandatory(),
    )
    .addOption(
      new Option('--alg <alg>', 'signature algorithm').choices(['Ed25519', 'ES256']).default('Ed25519'),
    )
    .option('--out <file>', 'private file; by default keys/<purpose>.jwk in the home directory')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<NewKeyOptions>();
      const home = new MemberHome(options.home);
      const { publicKey } = await home.createKey(options.purpose, options.alg, options.out);
      const file = options.out ?? home.keyFile(options.purpose);
      const { kid, jwk } = publicKey;
      const result = { purpose: options.purpose, thumbprint: kid, jwk: JSON.parse(jwk) as object, file };
      await new Printer(io, options.json ?? false).result(result, [
        jwk,
        `thumbprint: ${kid}`,
        `private key: ${file} (keep it secret and backed up)`,
      ]);
    });
}
