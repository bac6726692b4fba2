import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertion, type TestBatch } from '#test/member';
import { type BenchHub, type BenchMember, CHANNEL } from './bench-hub.js';

const BATCH = 10_000;
/** One value in ten is known from another member already. */
const SHARED = 10;

/** Values for a run: `entries` of them, some twice, none of them in a run with another `first`. */
export function benchValues(entries: number, first = 0): string[] {
  return Array.from({ length: entries }, (_, i) => valueOf(first, i % SHARED === 0 ? Math.floor(i / 2) : i));
}

function valueOf(first: number, n: number): string {
  return createHash('sha256').update(`entry ${first}/${n}`).digest('hex');
}

/**
 * Submits values in batches (of 10,000 unless told otherwise), all members at once, each its own, and waits until the signed feed holds them all. All batches
 * are signed before the clock starts.
 *
 * @returns milliseconds from the first byte sent to the signed feed.
 */
export async function sendValues(
  hub: BenchHub,
  members: readonly BenchMember[],
  values: readonly string[],
  batch = BATCH,
): Promise<number> {
  const held = (await hub.feed(members[0]!)).records + new Set(values).size;
  const lanes = await signBatches(members, values, batch);
  await hub.checkpointDatabase();
  const start = performance.now();
  await Promise.all(members.map((member, i) => sendAll(hub, member, lanes[i]!)));
  while ((await hub.feed(members[0]!)).records < held) await sleep(100);
  return performance.now() - start;
}

async function signBatches(
  members: readonly BenchMember[],
  values: readonly string[],
  batch: number,
): Promise<TestBatch[][]> {
  const lanes: TestBatch[][] = members.map(() => []);
  for (let at = 0, turn = 0; at < values.length; at += batch, turn++) {
    const lane = turn % members.length;
    const entries = values.slice(at, at + batch).map((value) => assertion('sha256', value));
    lanes[lane]!.push(await members[lane]!.author.batch(CHANNEL, entries));
  }
  return lanes;
}

async function sendAll(hub: BenchHub, member: BenchMember, batches: readonly TestBatch[]): Promise<void> {
  for (const batch of batches) await hub.submit(member, batch);
}
