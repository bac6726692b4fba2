import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, readServerProcess, isRunning, stopServer } from '#libs/platform';

const PREFIX = 'cairn-test-';
/** Not CAIRN_…, which a hub started by a test would refuse. */
const VARIABLE = 'JEST_RUN_DIRECTORY';

/** Directory of this test run, shared by all Jest workers and gone when the run is over. */
export function runDirectory(): string {
  const directory = process.env[VARIABLE];
  if (directory === undefined) throw new Error('no test run: Jest must run with test/support/global-setup');
  return directory;
}

/** Makes the directory of a run that begins. */
export function openRunDirectory(): void {
  process.env[VARIABLE] = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

/** Ends what a run left running and removes its files. */
export async function closeRunDirectory(directory = runDirectory()): Promise<void> {
  const server = readServerProcess(join(directory, 'postgres', 'data'));
  if (server !== undefined && isRunning(server)) await stopServer(server.pid);
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}

/** Does the same for runs that were killed, as far as they were this user's. */
export async function closeAbandonedRuns(): Promise<void> {
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX));
  const abandoned = names.filter((name) => !isAlive(Number.parseInt(name.slice(PREFIX.length), 10)));
  for (const name of abandoned) await closeRunDirectory(join(tmpdir(), name)).catch(() => undefined);
}
