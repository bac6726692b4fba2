import { parseArgs } from 'node:util';
import { BenchHub } from './bench-hub.js';
import { benchGrowth } from './growth.bench.js';
import { benchIntake } from './intake.bench.js';
import { benchLatency } from './latency.bench.js';
import { benchReplay } from './replay.bench.js';
import { benchPull } from './pull.bench.js';
import { report } from './report.js';

/** `npm run bench -- intake|pull|latency|replay|growth [--entries N] [--json]`: figures against the aims, each with its baseline in the same run. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, entries: { type: 'string' } },
});
const number = (fallback: number): number => Number(values.entries ?? fallback);
const suites = {
  intake: (hub: BenchHub) => benchIntake(hub, number(200_000)),
  pull: (hub: BenchHub) => benchPull(hub, number(1_000_000)),
  latency: (hub: BenchHub) => benchLatency(hub, number(50)),
  replay: (hub: BenchHub) => benchReplay(hub, number(1_000_000)),
  growth: (hub: BenchHub) => benchGrowth(hub, number(5_000_000)),
} as const;

/** Growing takes long, so only who asks for it gets it. */
const names = positionals.length > 0 ? positionals : ['intake', 'pull', 'latency'];
for (const name of names) {
  const suite = suites[name as keyof typeof suites];
  if (suite === undefined) throw new Error(`no benchmark ${name}: ${Object.keys(suites).join(', ')}`);
  const hub = await BenchHub.start();
  try {
    report(await suite(hub), values.json);
  } finally {
    await hub.stop();
  }
}
process.exit(0);
