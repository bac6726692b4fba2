import { readFileSync } from 'node:fs';
import { PersonClient, readHubPolicy, type ReplayProgress, type ReplayReport } from '#libs/client';

/** What a replaying process says to its parent. */
export type ReplayMessage = { progress: ReplayProgress } | { report: ReplayReport };

const [, , home, policy, work] = process.argv as [string, string, string, string, string];
const hub = readHubPolicy(readFileSync(policy), policy, { allowHttp: true });
const say = (message: ReplayMessage): void => void process.send!(message);
const report = await new PersonClient({ home }).replay(hub, 'a replay that is killed', {
  work,
  // What a few statements leave behind is committed at once.
  runBytes: 1500,
  onProgress: (progress) => say({ progress }),
});
say({ report });
process.disconnect();
