import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchHub } from './bench-hub.js';
import { benchValues, sendValues } from './bench-load.js';
import type { ReplayRun } from './replay-process.js';
import { type Figure, rounded } from './report.js';

const BATCH = 1000;

/**
 * An auditor's replay of submissions of 1,000 entries each, from the first byte fetched to the last set root met, against the hub's own intake
 * of the same entries in the same run.
 */
export async function benchReplay(hub: BenchHub, entries: number): Promise<Figure[]> {
  const members = [await hub.join('alpha'), await hub.join('beta')];
  const took = await sendValues(hub, members, benchValues(entries), BATCH);
  const intake = entries / (took / 1000);
  const auditor = await hub.auditor();
  const run = await replayInProcess(auditor, join(members[0]!.home, 'policy'), join(hub.directory, 'replay'));
  const { report, peak } = run;
  const rate = entries / (run.took / 1000);
  const { copy, gather, partitions, roots } = report.timing;
  const part = (name: string, value: number): Figure => {
    return { name, value: rounded(value, 0), unit: 'ms', aim: 'part', ok: true };
  };
  const whole = report.trust.whole.entries === entries && report.met;
  return [
    {
      name: 'intake of the same entries',
      value: rounded(intake, 0),
      unit: 'entries/s',
      aim: 'baseline',
      ok: true,
    },
    {
      name: `replay of ${report.trust.whole.submissions} submissions of ${BATCH} entries`,
      value: rounded(rate, 0),
      unit: 'entries/s',
      aim: 'see ratio',
      ok: true,
    },
    {
      name: 'replay / intake',
      value: rounded(rate / intake),
      unit: 'ratio',
      aim: '>= 1',
      ok: rate >= intake,
    },
    {
      name: 'peak memory of the replaying process',
      value: rounded(peak, 0),
      unit: 'MiB',
      aim: '< 512',
      ok: peak < 512,
    },
    { name: 'set roots met', value: report.rootsMet, unit: 'roots', aim: 'all', ok: whole },
    { name: 'differences', value: report.differences.length, unit: '', aim: '0', ok: report.met },
    part('processor time of the replaying process', run.cpu),
    part('by the clock, copying the logs', copy),
    part('by the clock, verifying submissions', gather),
    part('by the clock, replaying signals', partitions),
    part('by the clock, meeting the set roots', roots),
  ];
}

/** In a process of its own, so that time and memory are the auditor's. */
async function replayInProcess(home: string, policy: string, work: string): Promise<ReplayRun> {
  const child = fork(fileURLToPath(new URL('replay-process.js', import.meta.url)), [home, policy, work]);
  const [run] = (await once(child, 'message')) as [ReplayRun];
  return run;
}
