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

function jsonOf({ feed, origin, size, root, updatedAt, types }: StoredFeed): object {
  return { feed, origin, size, root, updatedAt: time(updatedAt), types, verified: true };
}

function linesOf({ feed, size, updatedAt, types }: StoredFeed): string[] {
  return [
    `${feed}: in order at ${counted(size, 'round')}, last changed ${time(updatedAt)}`,
    ...types.map(({ type, records }) => `  ${type}: ${counted(records, 'record')}`),
  ];
}
