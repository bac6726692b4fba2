import { access } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { ClientError, MemberKeys, rotateKey, type RegisteredKey } from '#libs/client';
import type { SignatureAlgorithm } from '#libs/keys';
import { KEY_PURPOSES, type KeyPurpose } from '#libs/protocol';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { Printer } from '../output/printer.js';
import { wholeNumber } from './applicant.commands.js';

interface RegisterOptions extends GlobalOptions {
  readonly purpose?: KeyPurpose;
  readonly key?: string;
}

interface RotateOptions extends GlobalOptions {
  readonly purpose: KeyPurpose;
  readonly alg: SignatureAlgorithm;
  readonly overlapDays?: string;
  readonly timeout: string;
}

/** How keys come to stand for a member, in the session of `cairn login`. */
export function addKeyRegistrations(group: Command, context: CliContext): void {
  addRegister(group, context);
  addRotate(group, context);
}

function addRegister(group: Command, { io, http }: CliContext): void {
  group
    .command('register')
    .summary('register your keys at the hub')
    .description(
      'Uploads the public part of a key and proves that you hold it. A first key waits until two staff have confirmed its fingerprint: ' +
        'tell it to them by another way than the hub. Beside an active key that one signs, too.',
    )
    .addOption(new Option('--purpose <purpose>', 'what it is for; both when not given').choices(KEY_PURPOSES))
    .option('--key <file>', 'private file of the key; by default keys/<purpose>.jwk in the home directory')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RegisterOptions>();
      const keys = new MemberKeys({ home: options.home, http });
      const registered: RegisteredKey[] = [];
      for (const purpose of await purposesOf(keys, options)) {
        const key = await keys.home.loadKey(purpose, options.key);
        const witness = options.key === undefined ? null : await keys.home.loadKey(purpose).catch(() => null);
        registered.push(await keys.register(purpose, key, witness));
      }
      await new Printer(io, options.json ?? false).result({ keys: registered }, registered.flatMap(lines));
    });
}

async function purposesOf({ home }: MemberKeys, { purpose, key }: RegisterOptions): Promise<KeyPurpose[]> {
  if (purpose !== undefined) return [purpose];
  if (key !== undefined) throw new ClientError('OPTION_INVALID', '--key', 'needs --purpose');
  const there = await Promise.all(
    KEY_PURPOSES.map((one) =>
      access(home.keyFile(one)).then(
        () => [one],
        () => [],
      ),
    ),
  );
  if (there.flat().length > 0) return there.flat();
  throw new ClientError('KEY_UNUSABLE', home.path, 'holds no key; run: cairn keys new --purpose auth');
}

function lines({ purpose, thumbprint, fingerprint, route, state }: RegisteredKey): string[] {
  const waits = state === 'pending' && route === 'ceremony';
  return [
    `${purpose} key ${thumbprint}: ${state}`,
    `fingerprint: ${fingerprint}`,
    ...(waits
      ? ['Tell the fingerprint to two staff of the alliance by another way: a call, a meeting.']
      : []),
  ];
}

function addRotate(group: Command, { io, http }: CliContext): void {
  group
    .command('rotate')
    .summary('replace a key by a new one')
    .description(
      'Makes a new key beside the present one, registers it with proofs of both, waits until it is active, retires the present one and ' +
        'swaps the files; the old one is kept under its thumbprint. A run that was broken off is ended by running it again.',
    )
    .addOption(
      new Option('--purpose <purpose>', 'what the key is for').choices(KEY_PURPOSES).makeOptionMandatory(),
    )
    .addOption(
      new Option('--alg <alg>', 'algorithm of the new key').choices(['Ed25519', 'ES256']).default('Ed25519'),
    )
    .option('--overlap-days <days>', 'days for which the old key still stands, 7 to 90 (default: 7)')
    .option('--timeout <seconds>', 'how long to wait until the new key is active', '300')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RotateOptions>();
      const { purpose, alg, overlapDays, timeout } = options;
      const printer = new Printer(io, options.json ?? false);
      const rotated = await rotateKey(new MemberKeys({ home: options.home, http }), {
        purpose,
        alg,
        overlapDays: overlapDays === undefined ? null : wholeNumber(overlapDays, '--overlap-days'),
        timeoutMs: wholeNumber(timeout, '--timeout') * 1000,
        onWaiting: ({ thumbprint, fingerprint, route }) => {
          if (options.json !== true && route === 'ceremony')
            printer.notice(`${thumbprint} waits for two staff, who must hear: ${fingerprint}`);
        },
      });
      await printer.result(rotated, [
        `${purpose} key ${rotated.thumbprint}: active`,
        `private key: ${rotated.file} (keep it secret and backed up)`,
        `${purpose} key ${rotated.old.thumbprint}: ${rotated.old.state}, kept as ${rotated.old.file}`,
      ]);
    });
}
