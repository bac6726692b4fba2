import { createHash } from 'node:crypto';
import { Option, type Command } from 'commander';
import { CairnClient, type SubmissionReport, type SubmitResult } from '#libs/client';
import { OPERATIONS, RETRACTION_REASONS } from '#libs/protocol';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { requireDefaults, type EntryDefaults } from '../input/entry-defaults.js';
import {
  fileEntries,
  INPUT_FORMATS,
  inspectFiles,
  type InputFile,
  type InputFormat,
} from '../input/input-files.js';
import { Printer } from '../output/printer.js';
import { ProgressBar } from '../output/progress-bar.js';
import { counted, time } from '../output/text.js';
import { outcomeLines } from './submission.command.js';

interface SubmitCliOptions extends GlobalOptions, Omit<EntryDefaults, 'labels'> {
  readonly channel: string;
  readonly format?: InputFormat;
  readonly label?: string[];
  readonly attribution: 'named' | 'anonymous';
  readonly again?: boolean;
  readonly wait?: boolean;
}

/** `cairn submit` */
export function addSubmitCommand(program: Command, context: CliContext): void {
  program
    .command('submit')
    .summary('sign and submit hashes')
    .description(
      'Checks, signs and submits hashes. Files are plain lists (one hex value a line, # for comments), CSV with a header ' +
        '(value, and optionally type, op, labels separated by ;, quality, expires, legalBasis, media, reason) or NDJSON of ' +
        'entries. Nothing is sent before every value was checked and everything to be sent was stored. If the run breaks off, ' +
        'run the same command again: it goes on where it was. A run that is finished is not submitted twice.',
    )
    .argument('<files...>', 'files to submit')
    .requiredOption('--channel <channel>', 'channel to submit to')
    .option('--type <type>', 'signal type of values that do not say their own: md5, sha1, sha256, pdq')
    .addOption(
      new Option('--op <op>', 'operation of entries that do not say their own').choices(
        Object.keys(OPERATIONS),
      ),
    )
    .addOption(new Option('--reason <reason>', 'why you retract').choices(Object.keys(RETRACTION_REASONS)))
    .option('--label <label>', 'label to add to every assertion; may be given several times', collect)
    .option('--expires <date>', 'day (UTC, YYYY-MM-DD) from which the claims no longer stand')
    .addOption(
      new Option(
        '--attribution <attribution>',
        'whether members may see that it was you; staff and auditors always may',
      )
        .choices(['named', 'anonymous'])
        .default('anonymous'),
    )
    .addOption(
      new Option('--format <format>', 'how the files are written; by default their names tell').choices(
        INPUT_FORMATS,
      ),
    )
    .option('--again', 'submit once more what was submitted before')
    .option('--wait', 'wait until everything is published')
    .action(async (files: string[], _options: unknown, command: Command) => {
      await submit(context, files, command.optsWithGlobals<SubmitCliOptions>());
    });
}

function collect(label: string, labels: readonly string[] = []): string[] {
  return [...labels, label];
}

async function submit(
  { io, http }: CliContext,
  paths: readonly string[],
  options: SubmitCliOptions,
): Promise<void> {
  const { type, op, reason, expires, label: labels } = options;
  const defaults: EntryDefaults = { type, op, reason, expires, labels };
  requireDefaults(defaults);
  const printer = new Printer(io, options.json ?? false);
  const cairn = await CairnClient.open({ home: options.home, http });
  const files = await inspectFiles(paths, options.format);
  const bar = new ProgressBar(io, printer.json, 'entries');
  try {
    const result = await cairn.submit({
      channel: options.channel,
      attribution: options.attribution,
      entries: fileEntries(files, defaults),
      identity: identityOf(files, defaults),
      again: options.again,
      onProgress: ({ phase, done, total }) => bar.show(done, total ?? done, phase),
    });
    bar.stop();
    remark(printer, result);
    const reports = options.wait === true ? await waitForAll(cairn, result, printer) : [];
    await printer.result(...describe(options.channel, result, reports));
  } finally {
    bar.stop();
  }
}

/** Files by their bytes, not their names: a renamed file is still the same input. */
function identityOf(files: readonly InputFile[], defaults: EntryDefaults): string {
  const { type, op, reason, expires, labels } = defaults;
  const inputs = files.map(({ digest, format }) => [digest, format]);
  const text = JSON.stringify([inputs, type, op, reason, expires, labels].map((part) => part ?? null));
  return `files:${createHash('sha256').update(text).digest('hex')}`;
}

function remark(printer: Printer, { state, resumed, lowered, path }: SubmitResult): void {
  if (state === 'already-submitted') {
    printer.notice(
      `The same input was submitted before (${path}); nothing was sent. To submit it once more: --again`,
    );
  } else if (resumed) {
    printer.notice(`Took up a run that had broken off (${path}).`);
  }
  if (lowered > 0)
    printer.notice(`${counted(lowered, 'value')} in upper case: lowered, as the protocol asks.`);
}

async function waitForAll(
  cairn: CairnClient,
  { receipts }: SubmitResult,
  printer: Printer,
): Promise<SubmissionReport[]> {
  const reports: SubmissionReport[] = [];
  for (const { jti } of receipts) {
    reports.push(await cairn.waitUntilPublished(jti));
    for (const line of outcomeLines(reports.at(-1)!)) printer.notice(line);
  }
  return reports;
}

function describe(
  channel: string,
  { state, resumed, entries, lowered, path, receipts }: SubmitResult,
  reports: readonly SubmissionReport[],
): [object, string[]] {
  const batches = receipts.map(({ jti, digest, receivedAt, deadline, counter }, i) => ({
    ...{ jti, digest, counter, receivedAt: time(receivedAt), deadline: time(deadline) },
    ...(reports[i] && {
      state: reports[i].state,
      ...{ accepted: reports[i].accepted, held: reports[i].held, rejected: reports[i].rejected },
    }),
  }));
  const verb = state === 'submitted' ? 'Submitted' : 'Submitted before:';
  const ready = reports.length > 0 ? 'published' : 'promised to be in the log by';
  return [
    { state, channel, resumed, entries, lowered, path, batches },
    [
      `${verb} ${counted(entries, 'entry', 'entries')} to ${channel} in ${counted(batches.length, 'batch', 'batches')}.`,
      ...batches.map(({ jti, deadline }) => `  ${jti}  ${ready}${reports.length > 0 ? '' : ` ${deadline}`}`),
      `Receipts: ${path}`,
    ],
  ];
}
