import { closeSync, openSync, readFileSync, readSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MOST_BYTES = 4 * 1024 * 1024;

/** The server's log: a file, because a pipe would break when the supervisor dies. */
export interface ServerLog {
  readonly path: string;
  readonly descriptor: number;
  /** What the server wrote since it was started. */
  text(): string;
  close(): void;
}

/** Opens the log of a server about to start. A long one is put aside first, in place of the one put aside before. */
export function openServerLog(directory: string): ServerLog {
  const path = join(directory, 'server.log');
  if (sizeOf(path) > MOST_BYTES) renameSync(path, `${path}.old`);
  const start = sizeOf(path);
  const descriptor = openSync(path, 'a', 0o600);
  return { path, descriptor, text: () => readFrom(path, start), close: () => closeSync(descriptor) };
}

export type StartFailure = 'port-busy' | 'backends-remain' | 'other';

/** Why the server did not start, from the last lines of its log. */
export function explainFailure(text: string): StartFailure {
  if (/could not bind .*: Address already in use/.test(text)) return 'port-busy';
  if (/pre-existing shared memory block|lock file "postmaster\.pid" already exists/.test(text))
    return 'backends-remain';
  return 'other';
}

/** The last lines that name an error, for a message to the operator. */
export function lastErrors(text: string): string {
  const errors = text.split('\n').filter((line) => /FATAL|PANIC|ERROR|error while loading/.test(line));
  return errors.slice(-3).join('; ').trim() || 'no reason in its log';
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function readFrom(path: string, start: number): string {
  const size = sizeOf(path);
  if (size - start > MOST_BYTES) return readFileSync(path, 'utf8').slice(-MOST_BYTES);
  const bytes = new Uint8Array(Math.max(0, size - start));
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, bytes, 0, bytes.length, start);
  } finally {
    closeSync(descriptor);
  }
  return new TextDecoder().decode(bytes);
}
