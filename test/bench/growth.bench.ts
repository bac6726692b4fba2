import type { BenchHub } from './bench-hub.js';
import { benchValues, sendValues } from './bench-load.js';
import { type Figure, rounded } from './report.js';

/** Signals that are stored when the first window begins, and entries in a window. */
const SMALL = 100_000;
const STEP = 500_000;

/** What an entry costs when many are stored already, against what it costs when few are. */
export async function benchGrowth(hub: BenchHub, most: number): Promise<Figure[]> {
  const members = [await hub.join('alpha'), await hub.join('beta')];
  let stored = 0;
  const send = async (entries: number): Promise<number> => {
    const values = benchValues(entries, stored);
    const ms = await sendValues(hub, members, values);
    stored += new Set(values).size;
    return (ms * 1000) / entries;
  };
  await send(SMALL);
  const few = await send(SMALL);
  while (stored < most) await send(Math.min(STEP, most - stored + SMALL));
  const reached = stored;
  const many = await send(SMALL);
  return [
    {
      name: `an entry with ${SMALL} signals stored`,
      value: rounded(few, 1),
      unit: 'us',
      aim: 'baseline',
      ok: true,
    },
    {
      name: `an entry with ${reached} signals stored`,
      value: rounded(many, 1),
      unit: 'us',
      aim: 'see ratio',
      ok: true,
    },
    {
      name: 'cost with many / cost with few',
      value: rounded(many / few),
      unit: 'ratio',
      aim: '<= 1.5 at 5,000,000',
      ok: many / few <= 1.5,
    },
  ];
}
