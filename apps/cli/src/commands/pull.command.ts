import type { Command } from 'commander';
import { CairnClient, type PulledType, type PullResult } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { Printer } from '../output/printer.js';
import { ProgressBar } from '../output/progress-bar.js';
import { counted, number, time } from '../output/text.js';

interface PullCliOptions extends GlobalOptions {
  readonly feed: string[];
  readonly type?: string[];
  readonly store: string;
}

/** `cairn pull` */
export function addPullCommand(program: Command, context: CliContext): void {
  program
    .command('pull')
    .summary('bring a store up to date, verified')
    .description(
      'Brings a store up to date with feeds: fetches what is new, verifies all of it against the pinned policy, and only then ' +
        'lets it take effect, all at once. Whatever fails, and however the run ends, the store keeps its last state. Run it as ' +
        'often as you like: when there is nothing new it is one small request. What the hub ' +
        'serves is held against what it publishes in the provenance log; when the two part, or the hub keeps something back, the pull exits with 7.',
    )
    .requiredOption('--feed <feed...>', 'channel, or several')
    .option(
      '--type <type...>',
      'signal types to keep, or all; by default those of the last pull, at first all',
    )
    .requiredOption('--store <directory>', 'where to keep the feeds')
    .action(async (_options: unknown, command: Command) => {
      await pull(context, command.optsWithGlobals<PullCliOptions>());
    });
}

async function pull({ io, http }: CliContext, options: PullCliOptions): Promise<void> {
  const printer = new Printer(io, options.json ?? false);
  const cairn = await CairnClient.open({ home: options.home, http });
  const types = options.type?.includes('all') === true ? 'all' : options.type;
  for (const feed of options.feed) {
    const bar = new ProgressBar(io, printer.json, 'bytes');
    try {
      const result = await cairn.pull({
        feed,
        store: options.store,
        types,
        onProgress: ({ type, bytes, totalBytes }) => bar.show(bytes, totalBytes, `${feed}/${type}`),
      });
      bar.stop();
      await printer.result(jsonOf(result), linesOf(result));
    } finally {
      bar.stop();
    }
  }
}

function jsonOf(result: PullResult): object {
  return { ...result, asOf: result.asOf === null ? null : time(result.asOf) };
}

function linesOf(result: PullResult): string[] {
  const { feed, changed, from, to, asOf, types, skipped, isAnchored } = result;
  const late = isAnchored || to === 0 ? '' : '; not yet published in the provenance log';
  const age = `${asOf === null ? '' : `, the last of ${time(asOf)}`}${late}`;
  if (!changed) return [`${feed}: nothing new (${counted(to, 'round')}${age})`];
  return [
    `${feed}: verified ${counted(to - from, 'new round')}, ${number(to)} in all${age}`,
    ...types.map(typeLine),
    ...(skipped.length === 0 ? [] : [`  not pulled: ${skipped.join(', ')}`]),
  ];
}

function typeLine({ type, anew, records, added, updated, removed, reasons }: PulledType): string {
  if (anew)
    return `  ${type}: ${counted(records, 'record')}, begun anew: what changed before is no longer served`;
  const changes = `+${number(added)} ~${number(updated)} -${number(removed)}`;
  const why = Object.entries(reasons).map(([reason, count]) => `${reason} ${number(count)}`);
  return `  ${type}: ${counted(records, 'record')} (${changes}${why.length === 0 ? '' : `; removed: ${why.join(', ')}`})`;
}
