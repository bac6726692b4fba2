import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, readServerProcess, isRunning, stopServer } from '#libs/platform';

const PREFIX = 'cairn-test-';
/** Not CAIRN_…, which a hub started by a test would refuse. */
const VARIABLE = 'JEST_RUN_DIRECTORY';

/** A file system in memory, on Linux: a test database is hundreds of files, whose copy takes a disk many times as long. */
const MEMORY = '/dev/shm';
const MEMORY_NEEDED = 6 * 2 ** 30;

/** Directory of this test run, shared by all Jest workers and gone when the run is over. */
export function runDirectory(): string {
  const directory = process.env[VARIABLE];
  if (directory === undefined) throw new Error('no test run: Jest must run with test/support/global-setup');
  return directory;
}

/** Makes the directory of a run that begins; in memory, what its tests and their processes keep for a while is in it too. */
export function openRunDirectory(): void {
  const inMemory = hasMemory();
  const directory = mkdtempSync(join(inMemory ? MEMORY : tmpdir(), `${PREFIX}${process.pid}-`));
  process.env[VARIABLE] = directory;
  // A database server that root starts may run as another user, who must be able to pass through.
  chmodSync(directory, 0o711);
  if (!inMemory) return;
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  chmodSync(temporary, 0o711);
  process.env['TMPDIR'] = temporary;
}

/** Whether there is room for a run in memory. */
function hasMemory(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return Math.min(bavail * bsize, freemem()) >= MEMORY_NEEDED;
  } catch {
    return false;
  }
}

/** Ends what a run left running and removes its files. */
export async function closeRunDirectory(directory = runDirectory()): Promise<void> {
  const server = readServerProcess(join(directory, 'postgres', 'data'));
  if (server !== undefined && isRunning(server)) await stopServer(server.pid);
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}

/** Does the same for runs that were killed, as far as they were this user's. */
export async function closeAbandonedRuns(): Promise<void> {
  for (const place of [tmpdir(), MEMORY].filter((path) => existsSync(path))) {
    const names = readdirSync(place).filter((name) => name.startsWith(PREFIX));
    const abandoned = names.filter((name) => !isAlive(Number.parseInt(name.slice(PREFIX.length), 10)));
    for (const name of abandoned) await closeRunDirectory(join(place, name)).catch(() => undefined);
  }
}
