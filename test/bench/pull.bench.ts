import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CairnClient } from '#libs/client';
import { type BenchHub, type BenchMember, CHANNEL } from './bench-hub.js';
import { benchIntake } from './intake.bench.js';
import { type Figure, rounded } from './report.js';

const PAGE = 1000;

/**
 * A cold pull by the SDK, verified, against paging the same entries as JSON. The baseline writes what it got to a file as it came:
 * less than the pull does, which also verifies and sorts, so the ratio is on the safe side.
 */
export async function benchPull(hub: BenchHub, entries: number): Promise<Figure[]> {
  await benchIntake(hub, entries);
  const member = await hub.join('gamma');
  const store = join(hub.directory, 'store');
  const cairn = await CairnClient.open({ home: member.home });
  const before = process.memoryUsage().rss;
  const start = performance.now();
  await cairn.pull({ feed: CHANNEL, store });
  const pulled = performance.now() - start;
  const peak = process.resourceUsage().maxRSS / 1024;
  const again = performance.now();
  await cairn.pull({ feed: CHANNEL, store });
  const idle = performance.now() - again;
  const paged = await pageAsJson(hub, member, join(hub.directory, 'paged.ndjson'));
  rmSync(store, { recursive: true, force: true });
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
      value: rounded(before / 1024 / 1024, 0),
      unit: 'MiB',
      aim: 'part',
      ok: true,
    },
    { name: 'pull with nothing new', value: rounded(idle, 0), unit: 'ms', aim: 'one request', ok: true },
  ];
}

interface Page {
  feedDelta: { last: boolean; cursor: string | null; changes: { value: string; supporters: number }[] };
}

async function pageAsJson(hub: BenchHub, member: BenchMember, file: string): Promise<number> {
  const query = `query D($feed: ID!, $first: Int!, $cursor: String) {
    feedDelta(feed: $feed, type: "sha256", after: 0, first: $first, cursor: $cursor) {
      ... on FeedDeltaPage { last cursor changes { value status assurance supporters } } } }`;
  const start = performance.now();
  const rows: string[] = [];
  for (let cursor: string | null = null, last = false; !last;) {
    const page: Page = await hub.graphql(member.token, query, { feed: CHANNEL, first: PAGE, cursor });
    for (const change of page.feedDelta.changes) rows.push(JSON.stringify(change));
    ({ cursor, last } = page.feedDelta);
  }
  writeFileSync(file, rows.join('\n'));
  return performance.now() - start;
}
