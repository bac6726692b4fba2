import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertion, type TestBatch } from '#test/member';
import { bareUpsert } from './bare-upsert.js';
import { type BenchHub, type BenchMember, CHANNEL } from './bench-hub.js';
import { type Figure, rounded } from './report.js';

const BATCH = 10_000;
const WORKERS = 2;
/** One value in ten is known from another member already. */
const SHARED = 10;

/** Verified and deduplicated entries per second, from the first byte sent to the signed feed, against a bare upsert. */
export async function benchIntake(hub: BenchHub, entries: number): Promise<Figure[]> {
  const members = [await hub.join('alpha'), await hub.join('beta')];
  const values = Array.from({ length: entries }, (_, i) => valueOf(i));
  const batches = await signBatches(members, values);
  const distinct = new Set(values).size;
  const start = performance.now();
  await Promise.all(members.map((member, i) => sendAll(hub, member, batches[i]!)));
  while ((await hub.feed(members[0]!)).records < distinct) await sleep(50);
  const rate = entries / ((performance.now() - start) / 1000);
  const bare = await bareUpsert(
    hub,
    values.map((value) => Buffer.from(value, 'hex')),
    WORKERS,
  );
  return [
    { name: 'intake, end to end', value: rounded(rate, 0), unit: 'entries/s', aim: 'see ratio', ok: true },
    {
      name: 'bare upsert of the same rows',
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

function valueOf(i: number): string {
  const n = i % SHARED === 0 ? Math.floor(i / 2) : i;
  return createHash('sha256').update(`entry ${n}`).digest('hex');
}

async function signBatches(
  members: readonly BenchMember[],
  values: readonly string[],
): Promise<TestBatch[][]> {
  const batches: TestBatch[][] = members.map(() => []);
  for (let at = 0, turn = 0; at < values.length; at += BATCH, turn++) {
    const member = turn % members.length;
    const entries = values.slice(at, at + BATCH).map((value) => assertion('sha256', value));
    batches[member]!.push(await members[member]!.author.batch(CHANNEL, entries));
  }
  return batches;
}

async function sendAll(hub: BenchHub, member: BenchMember, batches: readonly TestBatch[]): Promise<void> {
  for (const batch of batches) await hub.submit(member, batch);
}
