import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '../platform-error.js';
import { isAlive } from '../process/process-identity.js';
import { until } from '../process/timing.js';
import { isRunning, isStale, readServerProcess, type ServerProcess } from './server-process.js';

const FAST_SHUTDOWN_MS = 30_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;

/**
 * Stops a server: first fast (open transactions roll back, a checkpoint is written), and when that takes too long
 * immediate (the next start recovers from the write-ahead log; nothing committed is lost).
 */
export async function stopServer(pid: number): Promise<void> {
  if (await signalAndWait(pid, 'SIGINT', FAST_SHUTDOWN_MS)) return;
  if (await signalAndWait(pid, 'SIGQUIT', IMMEDIATE_SHUTDOWN_MS)) return;
  throw new PlatformError('postgres-start-failed', `PostgreSQL (process ${pid}) does not stop`);
}

/**
 * Deals with what an earlier supervisor left behind in a data directory: a live server is stopped or reported, the lock
 * file of a dead one whose number a stranger now bears is removed. All other leftovers PostgreSQL recovers from by itself.
 * @throws PlatformError `postgres-already-running`, naming process and port
 */
export async function clearLeftovers(
  dataDirectory: string,
  running: 'refuse' | 'stop',
): Promise<ServerProcess | undefined> {
  const server = readServerProcess(dataDirectory);
  if (server === undefined) return undefined;
  removeStaleLock(dataDirectory);
  if (!isRunning(server)) return undefined;
  if (running === 'stop') {
    await stopServer(server.pid);
    return server;
  }
  throw new PlatformError(
    'postgres-already-running',
    `PostgreSQL is already running on ${dataDirectory} with pid ${server.pid}, port ${server.port}`,
  );
}

/** Removes a lock file that only seems to name a running server. */
export function removeStaleLock(dataDirectory: string): void {
  const server = readServerProcess(dataDirectory);
  if (server !== undefined && isStale(server)) rmSync(join(dataDirectory, 'postmaster.pid'));
}

async function signalAndWait(pid: number, signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
  if (!isAlive(pid)) return true;
  process.kill(pid, signal);
  return until(() => !isAlive(pid), timeoutMs);
}
