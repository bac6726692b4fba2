import { readFileSync } from 'node:fs';
import { PersonClient, readHubPolicy, type ReplayReport } from '#libs/client';

/** What a replay gave, and what it took: milliseconds, and MiB of memory. */
export interface ReplayRun {
  report: ReplayReport;
  took: number;
  peak: number;
}

const [, , home, policy, work] = process.argv as [string, string, string, string, string];
const hub = readHubPolicy(readFileSync(policy), policy, { allowHttp: true });
const start = performance.now();
const report = await new PersonClient({ home }).replay(hub, 'benchmark', { work });
const took = performance.now() - start;
const peak = process.resourceUsage().maxRSS / 1024;
process.send!({ report, took, peak } satisfies ReplayRun);
process.disconnect();
