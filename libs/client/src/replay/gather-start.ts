import { join } from 'node:path';
import { STATE_LEAVES } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { readRounds } from '../pull/read-rounds.js';
import { BaseState, type WantedState } from './begin-with-state.js';
import {
  firstState,
  forgetGatherState,
  isOfAnotherHub,
  readGatherState,
  writeGatherState,
  type GatherState,
} from './gather-state.js';
import { durableFiles } from '../files/durable-files.js';
import type { ErasedLines } from './erased-lines.js';
import { unreadHorizons } from './horizon-gaps.js';
import { forgetResults } from './partition-results.js';
import type { LogCopy } from '../log/log-copy.js';
import { LogRoots } from './log-roots.js';
import { loggedStatements, statementOf } from '../log/logged-statements.js';
import { SpillWriter } from './spill-file.js';
import type { StateSource } from './state-source.js';

/** How a replay begins. */
export interface GatherStartOptions {
  readonly work: string;
  readonly origin: string;
  /** As the gather state names it. */
  readonly reader: string;
  readonly fromState: WantedState | undefined;
  readonly states: StateSource;
  readonly runBytes: number;
  readonly onProgress: (done: number, total: number) => void;
}

/** Where the first pass goes on, or begins: with what it had read before, with a state, or with the first statement. */
export class GatherStart {
  constructor(private readonly options: GatherStartOptions) {}

  /**
   * @throws ClientError `HUB_STATEMENT_INVALID` for the log of another hub, `STORE_INVALID` for a work directory of another replay, or as beginning
   *   with a state does
   */
  async open(log: LogCopy, feeds: ReadonlyMap<string, LogCopy>, erased: ErasedLines): Promise<GatherState> {
    const { work, origin, reader, fromState } = this.options;
    await requireHub(log, origin);
    const known = await this.readKnown(erased);
    const isSpoilt = known !== null && (await holdsErased(known, feeds, erased));
    // Even what cannot be gone on with must not keep erased values.
    if (isSpoilt) await forgetSpill(work);
    if (known !== null) this.requireFits(known);
    if (known !== null && !isSpoilt && (await readsOn(known, log, feeds))) return known;
    if (fromState === undefined) {
      await forgetGatherState(work);
      return firstState(origin, reader);
    }
    // What was gathered is given up only when there is something to begin with.
    const base = await BaseState.choose(fromState, log, this.options.states, erased);
    await forgetGatherState(work);
    return this.begin(base, log, feeds);
  }

  /** Nobody can tell whether progress that cannot be read goes with erased values: then what it counts on is forgotten, too. */
  private async readKnown(erased: ErasedLines): Promise<GatherState | null> {
    const { work, origin, reader } = this.options;
    try {
      return await readGatherState(work, origin, reader);
    } catch (error) {
      const isUnreadable = error instanceof ClientError && error.code === 'STORE_INVALID';
      if (isUnreadable && erased.count > 0 && !(await isOfAnotherHub(work, origin))) await forgetSpill(work);
      throw error;
    }
  }

  /**
   * Refuses what was gathered in another way than this replay wants it: what one took on trust, another must not pass off as replayed.
   *
   * @throws ClientError `STORE_INVALID`
   */
  requireFits({ base }: GatherState): void {
    const { work, fromState } = this.options;
    const fits =
      typeof fromState === 'number'
        ? base?.index === fromState
        : (fromState === undefined) === (base === null);
    if (fits) return;
    const how = base === null ? 'the first statement' : `the state at log index ${base.index}`;
    const reason = `holds a replay that began with ${how}; use another work directory`;
    throw new ClientError('STORE_INVALID', work, reason);
  }

  private async begin(
    base: BaseState,
    log: LogCopy,
    feeds: ReadonlyMap<string, LogCopy>,
  ): Promise<GatherState> {
    const { work, origin, reader, states, runBytes } = this.options;
    const spill = await SpillWriter.open(spillFile(work), 0);
    const roots = await LogRoots.open(rootsFile(work), 0);
    try {
      const onProgress = (done: number): void => this.options.onProgress(done, STATE_LEAVES);
      const parts = { origin, reader, log, feeds, states, spill, roots, runBytes, onProgress };
      const begun = await base.begin(parts);
      await writeGatherState(work, begun);
      return begun;
    } finally {
      await Promise.allSettled([spill.close(), roots.close()]);
    }
  }
}

/** What was sorted onto the disk holds values that were erased since, and must not stay there until something else is written over it. */
async function forgetSpill(work: string): Promise<void> {
  await forgetGatherState(work);
  await durableFiles.remove(spillFile(work));
  await forgetResults(work);
  await durableFiles.syncDirectory(work);
}

/**
 * Whether what was gathered holds values that were erased since: among the entries, or in packs that an erasure has put below a horizon, from where
 * they are to be gone.
 */
async function holdsErased(
  known: GatherState,
  feeds: ReadonlyMap<string, LogCopy>,
  erased: ErasedLines,
): Promise<boolean> {
  if (erased.isBroken(known.size)) return true;
  if (erased.count === 0) return false;
  for (const [feed, progress] of Object.entries(known.feeds)) {
    const copy = feeds.get(feed);
    if (copy !== undefined && (await unreadHorizons(feed, copy, progress)).size > 0) return true;
  }
  return false;
}

export function spillFile(work: string): string {
  return join(work, 'spill');
}

export function rootsFile(work: string): string {
  return join(work, 'roots');
}

async function requireHub(log: LogCopy, origin: string): Promise<void> {
  const leaf = await leafAt(log, 0, 0);
  const hub = leaf === null ? null : statementOf(leaf, 'hub');
  if (hub === null || hub.origin === origin) return;
  throw new ClientError('HUB_STATEMENT_INVALID', 'leaf 0 of the log', `is the statement of another hub`);
}

/**
 * Whether what was gathered can be read on with: the same feeds, of which no round has come since that belongs between statements which were read already.
 * A feed that is new can be read along only if it begins later, and nothing that was read is about it.
 */
async function readsOn(
  known: GatherState,
  log: LogCopy,
  feeds: ReadonlyMap<string, LogCopy>,
): Promise<boolean> {
  if (Object.keys(known.feeds).some((feed) => !feeds.has(feed))) return false;
  for (const [feed, copy] of feeds) {
    const isNew = !Object.hasOwn(known.feeds, feed);
    if (isNew && (known.base !== null || (await isPublishedBelow(log, feed, known.size)))) return false;
    const { rounds, offset } = isNew ? { rounds: 0, offset: 0 } : known.feeds[feed]!;
    const leaf = await leafAt(copy, rounds, offset);
    const [next] = leaf === null ? [] : readRounds(feed, rounds, [leaf], null);
    if (next !== undefined && next.round.log.size < known.size) return false;
  }
  return true;
}

async function isPublishedBelow(log: LogCopy, feed: string, size: number): Promise<boolean> {
  for await (const { index, statement } of loggedStatements(log, 'published', { size: 0, offset: 0 })) {
    if (index >= size) return false;
    if (statement.feeds.some((head) => head.feed === feed)) return true;
  }
  return false;
}

async function leafAt(copy: LogCopy, index: number, offset: number): Promise<Uint8Array | null> {
  for await (const { leaf } of copy.leaves(index, offset)) return leaf;
  return null;
}
