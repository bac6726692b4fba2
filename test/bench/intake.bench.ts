import { bareUpsert } from './bare-upsert.js';
import type { BenchHub } from './bench-hub.js';
import { benchValues, sendValues } from './bench-load.js';
import { type Figure, rounded } from './report.js';

const WORKERS = 2;

/**
 * Verified and deduplicated entries per second, from the first byte sent to the signed feed, against a bare upsert: before and after,
 * because machines do not keep their speed.
 */
export async function benchIntake(hub: BenchHub, entries: number): Promise<Figure[]> {
  const members = [await hub.join('alpha'), await hub.join('beta')];
  const values = benchValues(entries);
  const keys = values.map((value) => Buffer.from(value, 'hex'));
  const first = await bareUpsert(hub, 'bare_before', keys, WORKERS);
  const rate = entries / ((await sendValues(hub, members, values)) / 1000);
  const second = await bareUpsert(hub, 'bare_after', keys, WORKERS);
  const bare = 2 / (1 / first + 1 / second);
  return [
    { name: 'intake, end to end', value: rounded(rate, 0), unit: 'entries/s', aim: 'see ratio', ok: true },
    {
      name: `bare upsert of the same rows (${rounded(first, 0)} before, ${rounded(second, 0)} after)`,
      value: rounded(bare, 0),
      unit: 'entries/s',
      aim: 'baseline',
      ok: true,
    },
    {
      name: 'intake / bare upsert',
      value: rounded(rate / bare),
      unit: 'ratio',
      aim: '>= 0.5',
      ok: rate / bare >= 0.5,
    },
  ];
}
