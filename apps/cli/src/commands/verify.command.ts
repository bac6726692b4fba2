import type { Command } from 'commander';
import { HashStore, MemberHome, verifyStoredNotes, type StoredFeed } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { Printer } from '../output/printer.js';
import { counted, time } from '../output/text.js';

interface VerifyOptions extends GlobalOptions {
  readonly store: string;
  readonly feed?: string;
}

/** `cairn verify` */
export function addVerifyCommand(program: Command, { io }: CliContext): void {
  program
    .command('verify')
    .summary('check a store, offline')
    .description(
      'Checks every byte of a store, offline: the records against the set roots that were verified when they were pulled, and ' +
        'the checkpoint that they belong to against the pinned policy. Shows what the store holds and how old it is.',
    )
    .requiredOption('--store <directory>', 'store that pull filled')
    .option('--feed <feed>', 'only this feed')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<VerifyOptions>();
      const printer = new Printer(io, options.json ?? false);
      const { hub } = await new MemberHome(options.home).load();
      const store = await HashStore.open(options.store, { feed: options.feed });
      try {
        verifyStoredNotes(store, hub.policy);
        store.verify();
        for (const feed of store.feeds) {
          await printer.result(jsonOf(feed), linesOf(feed));
        }
      } finally {
        store.close();
      }
    });
}

function jsonOf({ updatedAt, asOf, feed, origin, size, root, types }: StoredFeed): object {
  const times = { updatedAt: time(updatedAt), asOf: asOf === null ? null : time(asOf) };
  return { feed, origin, size, root, ...times, types, verified: true };
}

function linesOf({ feed, size, asOf, updatedAt, types }: StoredFeed): string[] {
  return [
    `${feed}: in order at ${counted(size, 'round')}, pulled ${time(updatedAt)}`,
    ...(asOf === null ? [] : [`  last round of ${time(asOf)}`]),
    ...types.map(({ type, records }) => `  ${type}: ${counted(records, 'record')}`),
  ];
}
