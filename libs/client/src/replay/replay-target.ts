import { hash } from 'node:crypto';
import { join } from 'node:path';
import { ClientError } from '../client-error.js';
import { durableFiles, replaceDurably } from '../files/durable-files.js';
import { readJsonFile } from '../files/read-file.js';
import { requireGatherState, type GatherState } from './gather-state.js';

/** A signed head as the hub gave it. */
export interface KeptHead {
  readonly origin: string;
  readonly size: number;
  /** Exact text of the note. */
  readonly note: string;
}

/** What the second pass is about: the log as the first pass has read it. */
export interface ReplayTarget {
  /** Name of the run of the first pass: what came of another must not be taken for what came of this one. */
  readonly run: string;
  /** What the first pass came to at its end: more than a later one goes on from, when the last of it was not settled. */
  readonly state: GatherState;
  /** Bytes of the spill file. */
  readonly spillBytes: number;
  readonly heads: readonly KeptHead[];
  readonly logSize: number;
  /** Rounds that go beyond the log's head. */
  readonly ahead: number;
  /** As `PartitionRules` has it. */
  readonly duty: number | null;
}

/** Name of what results of partitions are about. */
export function targetDigest({ run, spillBytes, heads, duty }: ReplayTarget): string {
  return hash('sha256', JSON.stringify([run, spillBytes, duty, heads.map(({ note }) => note)]), 'hex');
}

/**
 * The target of a second pass that did not come to its end, or null. It is finished before anything new is fetched, so that a replay that is
 * killed again and again comes to an end, however fast the log grows.
 *
 * @throws ClientError `STORE_INVALID`
 */
export async function readTarget(
  directory: string,
  origin: string,
  reader: string,
): Promise<ReplayTarget | null> {
  const json = await readJsonFile(fileOf(directory), 'STORE_INVALID');
  if (json === null) return null;
  if (typeof json['spillBytes'] === 'number' && Array.isArray(json['heads'])) {
    requireGatherState(fileOf(directory), json['state'], origin, reader);
    return json as unknown as ReplayTarget;
  }
  throw new ClientError('STORE_INVALID', fileOf(directory), 'is not a target that this client wrote');
}

export async function writeTarget(directory: string, target: ReplayTarget): Promise<void> {
  await replaceDurably(durableFiles, fileOf(directory), `${JSON.stringify(target)}\n`);
}

export async function forgetTarget(directory: string): Promise<void> {
  await durableFiles.remove(fileOf(directory));
}

function fileOf(directory: string): string {
  return join(directory, 'target.json');
}
