import { setTimeout as delay } from 'node:timers/promises';
import { CairnClient } from '#libs/client';

/** What a cold pull took, and one with nothing new: milliseconds, and MiB of memory. */
export interface PullReport {
  before: number;
  pulled: number;
  peak: number;
  idle: number;
}

const [, , feed, home, store] = process.argv as [string, string, string, string, string];
const cairn = await CairnClient.open({ home });
const before = process.memoryUsage().rss / 1024 / 1024;
const start = performance.now();
await cairn.pull({ feed, store });
const pulled = performance.now() - start;
const peak = process.resourceUsage().maxRSS / 1024;
// A head that the log does not publish yet is held against it each time: nothing new is when nothing is waited for.
while (!(await cairn.pull({ feed, store })).isAnchored) await delay(500);
const again = performance.now();
await cairn.pull({ feed, store });
process.send!({ before, pulled, peak, idle: performance.now() - again } satisfies PullReport);
process.disconnect();
