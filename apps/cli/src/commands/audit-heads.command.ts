import type { Command } from 'commander';
import { CairnClient, HEADS_VERSION, type HeadComparison, type HeldHead } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { EXIT } from '../exit-codes.js';
import { readInputFile } from '../input/json-file.js';
import { Printer } from '../output/printer.js';
import { counted, number, time } from '../output/text.js';

interface HeadsOptions extends GlobalOptions {
  readonly store?: string;
  readonly compare?: string;
}

/** `cairn audit heads` */
export function addHeadsCommand(
  audit: Command,
  { io, http }: CliContext,
  exit: (code: number) => void,
): void {
  audit
    .command('heads')
    .summary('which heads you hold, and whether others hold the same history')
    .description(
      'Shows which heads of the provenance log and of the feeds in a store you hold, since when, and where each feed is published in the log. ' +
        'What it prints with --json can be given to another member, who compares it with --compare: then consistency proofs are fetched from the hub. ' +
        'Exits with 7 when the two were shown two histories (evidence is kept), and with 4 when the hub does not prove that it is one.',
    )
    .option('--store <directory>', 'store that pull filled; without it only the provenance log is shown')
    .option('--compare <file>', 'what cairn audit heads --json printed for another member')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<HeadsOptions>();
      const cairn = await CairnClient.open({ home: options.home, http });
      const heads = cairn.heads(options.store ?? null);
      const printer = new Printer(io, options.json ?? false);
      if (options.compare === undefined) {
        const held = await heads.held();
        const lines = held.length === 0 ? ['no head was verified yet'] : held.flatMap(headLines);
        return printer.result(headsJson(cairn.hub.origin, held), lines);
      }
      const compared = await heads.compare(await readInputFile(options.compare), options.compare);
      await printer.result({ compared }, compared.flatMap(comparisonLines));
      exit(exitCodeOf(compared));
    });
}

function headsJson(origin: string, held: readonly HeldHead[]): object {
  const heads = held.map(({ log, note, size, root, verifiedAt, anchor, alarm }) => ({
    ...{ log, note, size, root, verifiedAt: timeOrNull(verifiedAt) },
    anchored:
      anchor === null || anchor.anchored === null
        ? null
        : { ...anchor.anchored, time: time(anchor.anchored.time) },
    pending: (anchor?.pending ?? []).map(({ size: rounds, seen }) => ({ size: rounds, seen: time(seen) })),
    alarm: alarm === null ? null : { ...alarm, since: time(alarm.since) },
  }));
  return { cairn: HEADS_VERSION, origin, heads };
}

function headLines({ log, feed, size, root, verifiedAt, anchor, alarm }: HeldHead): string[] {
  const when = verifiedAt === null ? '' : `, verified ${time(verifiedAt)}`;
  return [
    `${log}: ${counted(size, 'leaf', 'leaves')}${when}`,
    `  root ${root}`,
    ...(feed === null ? [] : anchorLines(anchor)),
    ...(alarm === null ? [] : [`  NOT UPDATED since ${time(alarm.since)}: ${alarm.reason} (${alarm.code})`]),
  ];
}

function anchorLines(anchor: HeldHead['anchor']): string[] {
  if (anchor === null) return ['  not yet held against the provenance log; run: cairn pull'];
  const { anchored, pending, ahead } = anchor;
  return [
    anchored === null
      ? '  not published in the provenance log so far'
      : `  published in the provenance log at ${anchored.index} with ${number(anchored.size)} rounds, ${time(anchored.time)}`,
    ...pending.map(({ size, seen }) => `  waits to be published: ${number(size)} rounds, seen ${time(seen)}`),
    ...(ahead === null
      ? []
      : [
          `  published at ${ahead.index} and not yet served: ${number(ahead.size)} rounds, seen ${time(ahead.seen)}`,
        ]),
  ];
}

const RELATIONS: Record<HeadComparison['relation'], string> = {
  same: 'the same head',
  'one-history': 'one history, proved',
  fork: 'TWO HISTORIES: the hub showed you and the other member different things',
  newer: 'NOT proved: theirs is newer than what the hub shows you now; compare again in some minutes',
  unproved: 'NOT proved: the hub does not prove that theirs is the past of what it shows you',
  'not-held': 'not compared: you hold no such head',
};

function comparisonLines({ log, relation, size, theirs, evidence }: HeadComparison): string[] {
  const sizes = `yours ${size === null ? 'none' : number(size)}, theirs ${number(theirs)}`;
  return [
    `${log}: ${RELATIONS[relation]} (${sizes})`,
    ...(evidence === null
      ? []
      : [`  evidence: ${evidence}; tell the alliance and other members. Nothing is updated any more.`]),
  ];
}

function exitCodeOf(compared: readonly HeadComparison[]): number {
  const relations = compared.map(({ relation }) => relation);
  if (relations.includes('fork')) return EXIT.alarm;
  return relations.includes('newer') || relations.includes('unproved') ? EXIT.verification : EXIT.ok;
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : time(ms);
}
