import { readFileSync } from 'node:fs';
import { PersonClient, readHubPolicy, type ReplayReport } from '#libs/client';

/** What a replay gave, and what it took: milliseconds by the clock and of the processor, and MiB of memory. */
export interface ReplayRun {
  report: ReplayReport;
  took: number;
  cpu: number;
  peak: number;
}

const [, , home, policy, work] = process.argv as [string, string, string, string, string];
const hub = readHubPolicy(readFileSync(policy), policy, { allowHttp: true });
const start = performance.now();
const report = await new PersonClient({ home }).replay(hub, 'benchmark', { work });
const took = performance.now() - start;
const { user, system } = process.cpuUsage();
const cpu = (user + system) / 1000;
const peak = process.resourceUsage().maxRSS / 1024;
process.send!({ report, took, cpu, peak } satisfies ReplayRun);
process.disconnect();
