import { join } from 'node:path';
import { writeSecretFile } from '#libs/platform';

/** Writes where the worker answers probes and metrics, for scrapers and operators: its port is any free one by default. */
export function recordAddress(dataDir: string, url: string): void {
  writeSecretFile(join(dataDir, 'run', 'worker.json'), `${JSON.stringify({ pid: process.pid, url })}\n`);
}
