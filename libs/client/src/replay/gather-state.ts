import { join } from 'node:path';
import type { JsonObject } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { durableFiles, replaceDurably } from '../files/durable-files.js';
import { readJsonFile } from '../files/read-file.js';
import { MOST_DIFFERENCES, type Difference } from './difference.js';
import type { Gaps } from './horizon-gaps.js';
import { noRollups, type RollupProgress } from './rollup-progress.js';
import type { SeenSubmissions } from './trust.js';
import { nothingSeen } from './trust.js';
import type { TypeProgress } from './type-progress.js';

/** How far the rounds of one feed are read, and how far the log anchors them. */
export interface FeedProgress {
  rounds: number;
  /** Where the next round begins in the copy. */
  offset: number;
  /** `log.size` of the last round. */
  logSize: number;
  types: Record<string, TypeProgress>;
  rollups: RollupProgress;
  /** What is not read because it is below a horizon. */
  gaps: Gaps;
  /** Index of the last snapshot of each type, and its horizon. */
  snapshots: Record<string, number>;
  horizons: Record<string, number>;
  /** First leaf whose packs are read: those below belong to the state that the replay began with. */
  firstRead: number;
  /** Types of which a pack was wrong: what comes after it cannot be compared. */
  broken: string[];
  /** The last head that a `published` statement named: size, frontier in hex, and where the next round begins. */
  anchor: { size: number; frontier: string; offset: number };
}

/** A state of the log that was taken for true. */
export interface ReplayBase {
  /** Log index of its statement. */
  readonly index: number;
  /** Statements that it is the state after. */
  readonly size: number;
}

/** Everything that the first pass needs to go on from what it has committed. */
export interface GatherState {
  readonly version: typeof GATHER_VERSION;
  readonly origin: string;
  /** Who reads: what somebody else may see gives another spill. */
  readonly reader: string;
  /** The state that the replay began with; null when it began at the first statement. */
  readonly base: ReplayBase | null;
  /** Statements read, or below the state that the replay began with. */
  size: number;
  /** Leaf time of the last of them, Unix milliseconds; 0 before the first. */
  time: number;
  /** Where the next leaf begins in the copy of the log. */
  offset: number;
  /** Of the log up to `size`, hex. */
  frontier: string;
  /** Bytes of the spill file that count. */
  spillBytes: number;
  names: string[];
  /** Submissions logged so far, by member, as far as known. */
  counters: Record<string, number>;
  /** Number of the next step: a pack of a round or a rollup. */
  nextStep: number;
  feeds: Record<string, FeedProgress>;
  seen: SeenSubmissions;
  /** Log indexes of the `state` statements that the replayed state is compared with. */
  states: number[];
  /** What differed and did not end the reading, at most `MOST_DIFFERENCES`, and how many are not among them. */
  differences: Difference[];
  more: number;
}

export const GATHER_VERSION = 'cairn-replay/4';

export function firstState(origin: string, reader: string): GatherState {
  return {
    ...{ version: GATHER_VERSION, origin, reader, base: null, size: 0, time: 0, offset: 0, frontier: '' },
    ...{ spillBytes: 0, names: [], counters: {}, nextStep: 0, feeds: {}, seen: nothingSeen(), states: [] },
    ...{ differences: [], more: 0 },
  };
}

/** How far a feed is read, which begins here when nothing of it was. */
export function progressOf({ feeds }: GatherState, feed: string): FeedProgress {
  if (!Object.hasOwn(feeds, feed)) {
    const anchor = { size: 0, frontier: '', offset: 0 };
    feeds[feed] = {
      ...{ rounds: 0, offset: 0, logSize: 0, types: {}, rollups: noRollups(), firstRead: 0 },
      ...{ gaps: {}, snapshots: {}, horizons: {} },
      ...{ broken: [], anchor },
    };
  }
  return feeds[feed]!;
}

/** Keeps a difference that does not end the reading. */
export function noteDifference(state: GatherState, wrong: Difference): void {
  if (state.differences.length < MOST_DIFFERENCES) state.differences.push(wrong);
  else state.more += 1;
}

/**
 * What was committed in a work directory, or null when there is nothing.
 *
 * @throws ClientError `STORE_INVALID` for that of another version, hub or reader
 */
export async function readGatherState(
  directory: string,
  origin: string,
  reader: string,
): Promise<GatherState | null> {
  const path = fileOf(directory);
  const json = await readJsonFile(path, 'STORE_INVALID');
  return json === null ? null : requireGatherState(path, json, origin, reader);
}

/** Whether what was committed in a work directory is readable and names another hub: what its log erased says nothing about it. */
export async function isOfAnotherHub(directory: string, origin: string): Promise<boolean> {
  try {
    const { origin: of } = (await readJsonFile(fileOf(directory), 'STORE_INVALID')) ?? {};
    return typeof of === 'string' && of !== origin;
  } catch (error) {
    if (error instanceof ClientError) return false;
    throw error;
  }
}

/**
 * What a file holds, if it is of this version, hub and reader.
 *
 * @throws ClientError `STORE_INVALID`
 */
export function requireGatherState(path: string, json: unknown, origin: string, reader: string): GatherState {
  const { version, origin: of, reader: by } = (json ?? {}) as JsonObject;
  if (version === GATHER_VERSION && of === origin && by === reader) return json as GatherState;
  const reason = 'is of another version, hub or reader; use another work directory';
  throw new ClientError('STORE_INVALID', path, reason);
}

/** Puts a state in place of the last one, all at once. What it counts on in other files is durable already. */
export async function writeGatherState(directory: string, state: GatherState): Promise<void> {
  await replaceDurably(durableFiles, fileOf(directory), `${JSON.stringify(state)}\n`);
}

/** Forgets what was committed, before the files that it counts on are written anew. */
export async function forgetGatherState(directory: string): Promise<void> {
  await durableFiles.remove(fileOf(directory));
  await durableFiles.syncDirectory(directory);
}

function fileOf(directory: string): string {
  return join(directory, 'progress.json');
}
