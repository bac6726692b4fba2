import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { identityOf, isErrno, type ProcessIdentity, stillRuns, until, writeSecretFile } from '#libs/platform';

const GONE_MS = 5_000;

/** Remembers the processes of a hub by name, for the supervisor that comes after one that was killed. */
export class ProcessRecord {
  readonly #processes: Record<string, ProcessIdentity> = {};

  constructor(private readonly dataDir: string) {}

  note(name: string, pid: number): void {
    this.#processes[name] = identityOf(pid);
    writeSecretFile(recordPath(this.dataDir), `${JSON.stringify(this.#processes)}\n`);
  }
}

/**
 * Waits until the processes that a killed supervisor left behind are gone: they leave by themselves (`runProcess`). One that does not,
 * because it hangs or is stopped, is killed: it would hold the port, and work for a hub that nobody watches.
 * @param patienceMs more than a process takes to close in order
 */
export async function endLeftovers(dataDir: string, log: Logger, patienceMs: number): Promise<void> {
  const left = Object.entries(readRecord(dataDir));
  const running = (): [string, ProcessIdentity][] => left.filter(([, process]) => stillRuns(process));
  if (await until(() => running().length === 0, patienceMs)) return;
  for (const [name, { pid }] of running()) {
    log.warn({ child: name, pid }, 'a process of a killed supervisor did not go away and is killed');
    kill(pid);
  }
  await until(() => running().length === 0, GONE_MS);
}

function recordPath(dataDir: string): string {
  return join(dataDir, 'run', 'processes.json');
}

function readRecord(dataDir: string): Record<string, ProcessIdentity> {
  try {
    return JSON.parse(readFileSync(recordPath(dataDir), 'utf8')) as Record<string, ProcessIdentity>;
  } catch (error) {
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return {};
    throw error;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}
