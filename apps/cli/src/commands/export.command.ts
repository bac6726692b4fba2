import { Option, type Command } from 'commander';
import { HashStore, type StoreRecord } from '#libs/client';
import { SIGNAL_TYPES } from '#libs/protocol';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { warnOfAlarms } from '../output/alarm-text.js';
import { csvRow } from '../output/csv.js';

interface ExportOptions extends GlobalOptions {
  readonly store: string;
  readonly format: keyof typeof FORMATS;
  readonly feed?: string;
  readonly type?: string;
}

/** Text is gathered to so many characters before it is written. */
const CHUNK = 64 * 1024;

const FORMATS = {
  ndjson: { header: '', row: (record: StoreRecord) => `${JSON.stringify(record)}\n` },
  csv: {
    header: csvRow([
      'feed',
      'type',
      'value',
      'status',
      'assurance',
      'supporters',
      'labels',
      'expires',
      'quality',
    ]),
    row: (record: StoreRecord) =>
      csvRow([
        record.feed,
        record.type,
        record.value,
        record.status,
        record.assurance,
        record.supporters,
        record.labels.map(({ label }) => label).join(';'),
        record.expires,
        record.quality,
      ]),
  },
} as const;

/** `cairn export` */
export function addExportCommand(program: Command, { io }: CliContext): void {
  program
    .command('export')
    .summary('write a store out as NDJSON or CSV')
    .description(
      'Writes the records of a store to standard output, sorted by feed, type and value. The CSV is safe to open in a ' +
        'spreadsheet. What is written holds hashes: keep it as safe as the store.',
    )
    .requiredOption('--store <directory>', 'store that pull filled')
    .addOption(
      new Option('--format <format>', 'how to write').choices(Object.keys(FORMATS)).default('ndjson'),
    )
    .option('--feed <feed>', 'only this feed')
    .addOption(new Option('--type <type>', 'only this type').choices(SIGNAL_TYPES.map(({ name }) => name)))
    .action(async (_options: unknown, command: Command) => {
      const { store: path, format, feed, type } = command.optsWithGlobals<ExportOptions>();
      const { header, row } = FORMATS[format];
      const store = await HashStore.open(path, { feed });
      warnOfAlarms(store, io);
      try {
        let text: string = header;
        for (const record of store.records({ type })) {
          text += row(record);
          if (text.length < CHUNK) continue;
          await io.writeOut(text);
          text = '';
        }
        if (text !== '') await io.writeOut(text);
      } finally {
        store.close();
      }
    });
}
