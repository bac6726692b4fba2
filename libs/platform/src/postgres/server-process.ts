import { readFileSync, readlinkSync, readdirSync } from 'node:fs';
import { commandLine, isAlive, isTaken } from '../process/process-identity.js';

/** What a running or dead server left in the file `postmaster.pid` of its data directory. */
export interface ServerProcess {
  readonly pid: number;
  readonly dataDirectory: string;
  readonly port: number;
}

/** The server of a data directory as its lock file names it, or undefined when there is none. */
export function readServerProcess(dataDirectory: string): ServerProcess | undefined {
  try {
    // PostgreSQL, src/include/utils/pidfile.h: line 1 the process, 2 the data directory, 4 the port.
    const lines = readFileSync(`${dataDirectory}/postmaster.pid`, 'utf8').split('\n');
    const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10));
    const port = Number.parseInt(lines[3] ?? '', 10);
    return Number.isInteger(pid) ? { pid, dataDirectory: lines[1] ?? '', port } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether that process is alive and is a PostgreSQL on that directory, not a stranger who was given its number. */
export function isRunning(server: ServerProcess): boolean {
  if (!isAlive(server.pid)) return false;
  const command = commandLine(server.pid);
  return command.includes('postgres') && command.includes(server.dataDirectory);
}

/**
 * Whether a lock file may be removed although its process number is in use, which PostgreSQL would take for a running server:
 * the number belongs to a stranger (as after the restart of a container) or to the server itself, which has ended but which
 * nobody has waited for yet, and no backend of the dead server is left.
 */
export function isStale(server: ServerProcess): boolean {
  return isTaken(server.pid) && !isRunning(server) && !hasProcessIn(server.dataDirectory);
}

/** Every backend's working directory is the data directory. Known on Linux only; elsewhere the process number decides. */
function hasProcessIn(directory: string): boolean {
  if (process.platform !== 'linux') return false;
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && workingDirectory(entry) === directory);
}

function workingDirectory(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
