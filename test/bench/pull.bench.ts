import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchHub, type BenchMember, CHANNEL } from './bench-hub.js';
import { benchValues, sendValues } from './bench-load.js';
import { type PagedChange, PagedStore } from './paged-store.js';
import type { PullReport } from './pull-process.js';
import { type Figure, rounded } from './report.js';

const PAGE = 1000;
/** Cold pulls, each into a store of its own by a process of its own; the median counts. */
const PULLS = 3;

/** A cold pull by the SDK, verified, against paging the same entries as JSON into the same buckets on the disk, unverified. */
export async function benchPull(hub: BenchHub, entries: number): Promise<Figure[]> {
  await sendValues(hub, [await hub.join('alpha'), await hub.join('beta')], benchValues(entries));
  const member = await hub.join('gamma');
  const pulls: PullReport[] = [];
  for (let n = 0; n < PULLS; n++)
    pulls.push(await pullInProcess(member.home, join(hub.directory, `store-${n}`)));
  const first = pulls[0]!.pulled;
  const medianOf = (name: keyof PullReport): number => median(pulls.map((pull) => pull[name]));
  const [before, pulled, idle] = [medianOf('before'), medianOf('pulled'), medianOf('idle')];
  const peak = Math.max(...pulls.map((pull) => pull.peak));
  const paged = await pageAsJson(hub, member, join(hub.directory, 'paged.data'));
  const { records } = await hub.feed(member);
  return [
    {
      name: `cold pull and verify of ${records} entries`,
      value: rounded(pulled, 0),
      unit: 'ms',
      aim: 'see ratio',
      ok: true,
    },
    {
      name: 'of these pulls the first, whose packs come from the database',
      value: rounded(first, 0),
      unit: 'ms',
      aim: 'part',
      ok: true,
    },
    {
      name: 'JSON paging of the same entries',
      value: rounded(paged, 0),
      unit: 'ms',
      aim: 'baseline',
      ok: true,
    },
    {
      name: 'JSON paging / cold pull',
      value: rounded(paged / pulled, 1),
      unit: 'ratio',
      aim: '>= 20 at 1,000,000',
      ok: paged / pulled >= 20,
    },
    {
      name: 'peak memory of the pulling process',
      value: rounded(peak, 0),
      unit: 'MiB',
      aim: '< 300',
      ok: peak < 300,
    },
    {
      name: 'of that before the pull',
      value: rounded(before, 0),
      unit: 'MiB',
      aim: 'part',
      ok: true,
    },
    { name: 'pull with nothing new', value: rounded(idle, 0), unit: 'ms', aim: 'one request', ok: true },
  ];
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** In a process of its own, so that time and memory are the member's. */
async function pullInProcess(home: string, store: string): Promise<PullReport> {
  const child = fork(fileURLToPath(new URL('pull-process.js', import.meta.url)), [CHANNEL, home, store]);
  const [report] = (await once(child, 'message')) as [PullReport];
  return report;
}

interface Page {
  feedDelta: { last: boolean; cursor: string | null; changes: PagedChange[] };
}

async function pageAsJson(hub: BenchHub, member: BenchMember, file: string): Promise<number> {
  const query = `query D($feed: ID!, $first: Int!, $cursor: String) {
    feedDelta(feed: $feed, type: "sha256", after: 0, first: $first, cursor: $cursor) {
      ... on FeedDeltaPage { last cursor changes { value status assurance supporters } } } }`;
  const start = performance.now();
  const store = new PagedStore();
  for (let cursor: string | null = null, last = false; !last;) {
    const page: Page = await hub.graphql(member.token, query, { feed: CHANNEL, first: PAGE, cursor });
    for (const change of page.feedDelta.changes) store.add(change);
    ({ cursor, last } = page.feedDelta);
  }
  store.write(file);
  return performance.now() - start;
}
