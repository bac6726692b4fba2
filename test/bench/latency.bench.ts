import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertion } from '#test/member';
import { type BenchHub, CHANNEL } from './bench-hub.js';
import { type Figure, percentile, rounded } from './report.js';

const IDLE_MS = 1_200;

/** Milliseconds from sending one entry to an idle hub until a signed feed holds it. */
export async function benchLatency(hub: BenchHub, times: number): Promise<Figure[]> {
  const member = await hub.join('delta');
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const batch = await member.author.batch(CHANNEL, [assertion('sha256', randomBytes(32).toString('hex'))]);
    const { size } = await hub.feed(member);
    const start = performance.now();
    await hub.submit(member, batch);
    while ((await hub.feed(member)).size === size) await sleep(20);
    taken.push(performance.now() - start);
    // Idle: the checkpoint of the one before must not keep this one waiting.
    await sleep(IDLE_MS);
  }
  const [p50, p99] = [percentile(taken, 0.5), percentile(taken, 0.99)];
  return [
    {
      name: 'submit to signed feed, idle hub, median',
      value: rounded(p50, 0),
      unit: 'ms',
      aim: 'see p99',
      ok: true,
    },
    {
      name: 'submit to signed feed, idle hub, p99',
      value: rounded(p99, 0),
      unit: 'ms',
      aim: '< 2000',
      ok: p99 < 2000,
    },
  ];
}
