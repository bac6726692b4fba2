import { withoutValue, type Difference, type ReplayReport, type ReplayTrust } from '#libs/client';
import { counted, number } from './text.js';

/** What a replay found, for programs. Record keys are values: they are left out unless somebody asked for them. */
export function replayJson({ differences, ...report }: ReplayReport, showValues: boolean): object {
  return { ...report, differences: showValues ? differences : differences.map(withoutValue) };
}

/** The same for people: what was replayed, what differs, and what was not verified. */
export function replayLines(report: ReplayReport, showValues: boolean): string[] {
  const {
    statements,
    logSize,
    rounds,
    rollups,
    rootsMet,
    statesMet,
    differences,
    moreDifferences,
    pending,
    ahead,
    evidence,
  } = report;
  const all = differences.length + moreDifferences;
  return [
    `replayed ${number(statements)} of ${counted(logSize, 'statement')}; ` +
      `${counted(rootsMet, 'set root')} met in ${counted(rounds, 'round')}` +
      (rollups === 0 ? '' : ` and ${counted(rollups, 'rollup')}`) +
      (statesMet === 0 ? '' : `, ${counted(statesMet, 'state')} met`),
    ...(pending === 0
      ? []
      : [`${counted(pending, 'change')} of the last minutes not announced yet, which is in time`]),
    ...(ahead === 0 ? [] : [`${counted(ahead, 'round')} beyond the signed log: compared next time`]),
    ...differences.map((one) => differenceLine(one, showValues)),
    ...(moreDifferences === 0 ? [] : [`and ${counted(moreDifferences, 'more difference')}`]),
    ...trustLines(report.trust),
    ...(evidence === null ? [] : [`the signed heads and the differences are kept in ${evidence}`]),
    all === 0
      ? 'MET: everything that was compared follows from the log.'
      : `DIFFERS: ${counted(all, 'difference')}.`,
  ];
}

function differenceLine(
  { kind, feed, round, type, index, line, detail, key }: Difference,
  showValues: boolean,
): string {
  const place = [
    ...(feed === null ? [] : [`feed ${feed}`]),
    ...(round === null ? [] : [`round ${round}`]),
    ...(type === null ? [] : [type]),
    ...(index === null ? [] : [`log index ${index}${line === null ? '' : `, line ${line}`}`]),
    ...(key === null || !showValues ? [] : [key]),
  ];
  return `${kind.replaceAll('_', ' ').toUpperCase()}  ${place.join(', ')}: ${detail}`;
}

function trustLines(trust: ReplayTrust): string[] {
  const { base, named, anonymous, undecided, hidden, belowHorizon, states, feeds, records } = trust;
  const lines = [
    ...(base === null
      ? []
      : [
          `  the state at log index ${base.index}: that it follows from the ${counted(base.size, 'statement')} below it`,
        ]),
    ...(named.submissions === 0
      ? []
      : [
          `  ${counted(named.entries, 'entry', 'entries')} in ${counted(named.submissions, 'named submission')}: signature verified, lines not seen`,
        ]),
    ...(anonymous.submissions === 0
      ? []
      : [
          `  ${counted(anonymous.entries, 'entry', 'entries')} in ${counted(anonymous.submissions, 'anonymous submission')}: ` +
            'decisions verified, neither lines nor author seen, nor that anybody signed',
        ]),
    ...(undecided.submissions === 0
      ? []
      : [
          `  ${counted(undecided.entries, 'own entry', 'own entries')} in channels not received: signature verified, decisions not seen`,
        ]),
    ...(hidden === 0 ? [] : [`  ${counted(hidden, 'submission')} of which nothing is shown but the leaf`]),
    ...(belowHorizon === 0
      ? []
      : [
          `  ${counted(belowHorizon, 'set change')} of rounds below a horizon, whose packs are deleted: the snapshots in their place were compared`,
        ]),
    ...(states === 0
      ? []
      : [`  ${counted(states, 'state statement')}, not compared with the replayed state`]),
    ...(feeds.length === 0
      ? []
      : [`  feeds not read, because not received or not pinned: ${feeds.join(', ')}`]),
    ...(records === 'whole'
      ? []
      : [
          '  records of the feeds follow from their packs; that they follow from the log was seen for own entries only',
        ]),
  ];
  return lines.length === 0 ? ['Nothing was taken on trust.'] : ['Taken on trust:', ...lines];
}
