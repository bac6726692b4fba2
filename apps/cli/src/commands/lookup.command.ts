import { createReadStream, existsSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { ClientError, HashStore, type StoreRecord } from '#libs/client';
import { SIGNAL_TYPES } from '#libs/protocol';
import type { CliContext, CliIo, GlobalOptions } from '../cli-io.js';
import { EXIT } from '../exit-codes.js';
import { inputLines, invalid } from '../input/input-lines.js';
import { warnOfAlarms } from '../output/alarm-text.js';
import { Printer } from '../output/printer.js';

interface LookupOptions extends GlobalOptions {
  readonly store: string;
  readonly feed?: string;
  readonly type?: string;
}

/** A value to look up; `place` names it in errors. */
interface Probe {
  readonly value: string;
  readonly place: () => ClientError;
}

const TYPE_NAMES = SIGNAL_TYPES.map(({ name }) => name);
const RULE = `must be a hash in hex of a known type (${TYPE_NAMES.join(', ')})`;

/** `cairn lookup` */
export function addLookupCommand(program: Command, { io }: CliContext, exit: (code: number) => void): void {
  program
    .command('lookup')
    .summary('look values up in a store')
    .description(
      'Looks values up in a store, offline. A value is a hash in hex; where types have the same length (sha256 and pdq) it is ' +
        'looked for in each, unless --type says which. Exits with 0 when anything matched and with 1 when nothing did.',
    )
    .argument('<inputs...>', 'values, files with one value a line, or - for standard input')
    .requiredOption('--store <directory>', 'store that pull filled')
    .option('--feed <feed>', 'only in this feed')
    .addOption(new Option('--type <type>', 'type of the values').choices(TYPE_NAMES))
    .action(async (inputs: string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<LookupOptions>();
      const printer = new Printer(io, options.json ?? false);
      const store = await HashStore.open(options.store, { feed: options.feed });
      warnOfAlarms(store, io);
      try {
        let matched = 0;
        for await (const { value, place } of probesOf(inputs, io)) {
          const matches = store.lookup(value, options.type);
          if (matches === null) throw place();
          matched += matches.length;
          await printer.result({ value, found: matches.length > 0, matches }, matches.map(matchLine));
        }
        if (matched === 0) exit(EXIT.nothingFound);
      } finally {
        store.close();
      }
    });
}

async function* probesOf(inputs: readonly string[], io: CliIo): AsyncGenerator<Probe, void, undefined> {
  for (const [i, input] of inputs.entries()) {
    if (input === '-') yield* probesIn('standard input', io.stdin);
    else if (looksLikeValue(input) || !existsSync(input)) {
      const place = (): ClientError =>
        new ClientError('INPUT_INVALID', `argument ${i + 1}`, `${RULE}, a file that exists, or -`);
      yield { value: input, place };
    } else yield* probesIn(input, createReadStream(input));
  }
}

async function* probesIn(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Probe, void, undefined> {
  for await (const { number, text } of inputLines(name, chunks)) {
    const value = text.trim();
    if (value === '' || value.startsWith('#')) continue;
    yield { value, place: () => invalid(name, number, `value: ${RULE}`) };
  }
}

function looksLikeValue(input: string): boolean {
  return SIGNAL_TYPES.some((type) => type.parse(input.toLowerCase()).ok);
}

function matchLine({
  value,
  feed,
  type,
  status,
  assurance,
  supporters,
  labels,
  expires,
}: StoreRecord): string {
  const parts = [
    `${feed}/${type}`,
    status,
    assurance,
    `supporters ${supporters}${supporters > 3 ? '+' : ''}`,
    ...(labels.length === 0 ? [] : [`labels ${labels.map(({ label }) => label).join(' ')}`]),
    ...(expires === null ? [] : [`expires ${expires}`]),
  ];
  return `${value}  ${parts.join(', ')}`;
}
