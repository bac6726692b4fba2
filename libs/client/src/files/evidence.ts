import { hash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ClientError } from '../client-error.js';
import { writeDurably, type DurableFiles } from './durable-files.js';
import { isErrno } from './read-file.js';

/** Two notes that contradict each other. */
export interface ContradictingNotes {
  /** What was verified before. */
  readonly stored: string;
  readonly received: string;
}

/** `fork`: a key signed two histories, and nothing is updated any more. `mismatch`: what was served does not fit what was signed. */
export type EvidenceKind = 'fork' | 'mismatch';

/**
 * Keeps two notes that contradict each other in `<directory>/evidence`, named by both: the same contradiction met again is kept
 * once, and no evidence ever takes another's place.
 *
 * @returns where they are
 */
export async function keepEvidence(
  files: DurableFiles,
  directory: string,
  kind: EvidenceKind,
  { stored, received }: ContradictingNotes,
): Promise<string> {
  const name = hash('sha256', `${stored}\0${received}`, 'hex').slice(0, 16);
  const path = join(directory, 'evidence', `${kind}-${name}`);
  await files.makeDirectory(path);
  await writeDurably(files, join(path, 'stored.note'), stored);
  await writeDurably(files, join(path, 'received.note'), received);
  await files.syncDirectory(path);
  await files.syncDirectory(join(directory, 'evidence'));
  return path;
}

/**
 * Refuses to go on while evidence of a fork lies in `<directory>/evidence`.
 *
 * @throws ClientError `LOG_STOPPED`
 */
export async function requireNoFork(directory: string): Promise<void> {
  const path = join(directory, 'evidence');
  const fork = (await namesIn(path)).find((name) => name.startsWith('fork-'));
  if (fork === undefined) return;
  const reason =
    'holds evidence that the log forked; nothing is updated until it is explained and somebody moves it away';
  throw new ClientError('LOG_STOPPED', join(path, fork), reason);
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
