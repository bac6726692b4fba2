import {
  decodeStatement,
  decodeStateDirectory,
  ProtocolError,
  SIGNAL_TYPES,
  StateChunkDecoder,
  STATE_LEAVES,
  stateRoot,
  toHex,
  type ProjectionState,
  type StateStatement,
} from '#libs/protocol';
import { CompactRange, leafHash } from '#libs/tlog';
import { ClientError } from '../client-error.js';
import { EMPTY_ROOT } from '../pull/pull-plan.js';
import { readRounds } from '../pull/read-rounds.js';
import { wrongLogRoot } from './difference.js';
import { FeedAnchors } from './feed-anchors.js';
import type { ErasedLines } from './erased-lines.js';
import { firstState, noteDifference, progressOf, type GatherState } from './gather-state.js';
import type { LogCopy } from '../log/log-copy.js';
import type { LogRoots } from './log-roots.js';
import { loggedStatements, statementOf, type LoggedStatement } from '../log/logged-statements.js';
import { passLeaf } from './pass-leaf.js';
import { TIMELINE, type SpillWriter } from './spill-file.js';
import { putChunk } from './spill-records.js';
import type { StateSource } from './state-source.js';
import { putBase, putBaseKey, putBaseRound } from './timeline.js';

/** What a replay that begins with a state works with. */
export interface BaseParts {
  readonly origin: string;
  /** Who reads, as the gather state has it. */
  readonly reader: string;
  readonly log: LogCopy;
  readonly feeds: ReadonlyMap<string, LogCopy>;
  readonly states: StateSource;
  /** Empty. */
  readonly spill: SpillWriter;
  readonly roots: LogRoots;
  /** Bytes that are sorted in memory before they are committed. */
  readonly runBytes: number;
  readonly onProgress: (leaves: number) => void;
}

/** Which state to begin with: the latest that the hub keeps, or the one whose statement has a log index. */
export type WantedState = 'latest' | number;

type LoggedState = LoggedStatement<'state'>;

/** A state of the log of which the hub keeps the leaves, to begin a replay with (docs/protocol-state.md, "Beginning with a state"). */
export class BaseState {
  private constructor(
    private readonly state: LoggedState,
    private readonly directory: Uint8Array,
  ) {}

  /**
   * @throws ClientError `NOT_FOUND` when there is no such state or the hub does not keep it, `EVIDENCE_MALFORMED` for one of a size that the log did not
   *   have, or as fetching does
   */
  static async choose(
    wanted: WantedState,
    log: LogCopy,
    states: StateSource,
    erased: ErasedLines,
  ): Promise<BaseState> {
    const logged: LoggedState[] = [];
    for await (const state of loggedStatements(log, 'state', { size: 0, offset: 0 })) {
      if (wanted === 'latest' || state.index === wanted) logged.push(state);
    }
    for (const state of logged.reverse()) {
      const { index, statement } = state;
      if (statement.size > index) {
        const reason = 'is of a size that the log did not have when it was stated';
        throw new ClientError('EVIDENCE_MALFORMED', `state at log index ${index}`, reason);
      }
      if (erased.isBroken(statement.size)) continue;
      const directory = await states.leaf(index, 0);
      if (directory !== null) return new BaseState(state, directory);
    }
    const subject = wanted === 'latest' ? 'states of the log' : `state at log index ${wanted}`;
    const none = 'the hub keeps none of it, or lines in it were erased since; begin with the first statement';
    throw new ClientError('NOT_FOUND', subject, logged.length === 0 ? 'the log has none' : none);
  }

  /**
   * Puts the state in the place of everything below its size: its leaves, which lead to the root in the log, the keys registered before it, and the
   * sets of its time, which its records must meet. Rounds and `published` statements below it are held to the log as ever.
   *
   * @returns what the first pass goes on from; nothing of it is written yet but the spill file and the roots
   * @throws ClientError `EVIDENCE_MALFORMED` when its leaves are not those of its statement, or as fetching does
   */
  async begin(parts: BaseParts): Promise<GatherState> {
    const { origin, reader, feeds, spill } = parts;
    const base = { index: this.state.index, size: this.state.statement.size };
    const projection = await takeLeaves(this.state, this.directory, parts);
    const below = await readBelow(base.size, projection.time, parts);
    const begun: GatherState = { ...firstState(origin, reader), ...below, base, time: projection.time };
    for (const [name, { submissions }] of projection.members) begun.counters[name] = submissions;
    for (const [feed, copy] of feeds) await passRounds(begun, feed, copy, parts);
    await holdAnchors(begun, parts);
    for (const feed of feeds.keys()) putBaseSets(begun, feed, spill);
    begun.spillBytes = await spill.commit();
    return begun;
  }
}

/** Nothing of what is taken counts before the root is met: the spill file belongs to no state that is written. */
async function takeLeaves(
  { index, statement }: LoggedState,
  directory: Uint8Array,
  { origin, states, spill, runBytes, onProgress }: BaseParts,
): Promise<ProjectionState> {
  const projection = reading(index, 0, () => openDirectory(directory, statement, origin));
  const decoder = new StateChunkDecoder(projection);
  putBase(spill.streams[TIMELINE]!, directory);
  const hashes = [leafHash(directory)];
  for (let number = 1; number < STATE_LEAVES; number++) {
    const leaf = await states.leaf(index, number);
    if (leaf === null)
      throw new ClientError('NOT_FOUND', subjectOf(index, number), 'the hub does not show it');
    const chunk = number - 1;
    reading(index, number, () => exhaust(decoder.decode(chunk, leaf)));
    putChunk(spill.streams[chunk]!, leaf);
    hashes.push(leafHash(leaf));
    if (spill.pending >= runBytes) await spill.commit();
    onProgress(number + 1);
  }
  if (stateRoot(hashes) === statement.root) return projection;
  const reason = 'its leaves do not lead to the root that the log has';
  throw new ClientError('EVIDENCE_MALFORMED', `state at log index ${index}`, reason);
}

function openDirectory(leaf: Uint8Array, { size }: StateStatement, origin: string): ProjectionState {
  const projection = decodeStateDirectory(leaf);
  const wrong = projection.size !== size ? 'size' : projection.origin !== origin ? 'origin' : null;
  if (wrong === null) return projection;
  const rule = wrong === 'size' ? 'must be that of the statement' : 'must be the hub whose log it is';
  throw new ProtocolError({ code: 'EVIDENCE_MISMATCH', field: `state.${wrong}`, rule });
}

function reading<T>(index: number, number: number, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new ClientError('EVIDENCE_MALFORMED', subjectOf(index, number), cause.message, { cause });
  }
}

function subjectOf(index: number, number: number): string {
  return `leaf ${number} of the state at log index ${index}`;
}

function exhaust(signals: Iterable<unknown>): void {
  for (const signal of signals) void signal;
}

/** The leaves below the state: their roots and frontier, and the keys that signatures after it are verified under. */
async function readBelow(
  size: number,
  time: number,
  { log, spill, roots }: BaseParts,
): Promise<Pick<GatherState, 'size' | 'offset' | 'frontier'>> {
  const range = CompactRange.empty();
  let offset = 0;
  for await (const { leaf, next } of log.leaves(0, 0)) {
    if (range.size === size) break;
    range.append(leafHash(leaf));
    roots.add(range.root());
    if (range.size === size && timeOf(leaf) !== time) {
      const reason = 'has another time than the last statement below it';
      throw new ClientError('EVIDENCE_MALFORMED', 'directory of the state', reason);
    }
    if (statementOf(leaf, 'key') !== null) putBaseKey(spill.streams[TIMELINE]!, leaf);
    offset = next;
  }
  await roots.commit();
  return { size, offset, frontier: toHex(range.frontier()) };
}

function timeOf(leaf: Uint8Array): number | null {
  try {
    return decodeStatement(leaf).time;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** Reads the rounds of a feed up to the size of the state: where the sets of its types stand then, and that each names a root of this log. */
async function passRounds(
  begun: GatherState,
  feed: string,
  copy: LogCopy,
  { roots }: BaseParts,
): Promise<void> {
  const progress = progressOf(begun, feed);
  for await (const { index, leaf, next } of copy.leaves(0, 0)) {
    const [read] = readRounds(feed, index, [leaf], progress.logSize);
    const { round } = read!;
    const { size, root } = round.log;
    if (size > begun.size) break;
    if (size > 0 && toHex(await roots.at(size)) !== root) noteDifference(begun, wrongLogRoot(feed, index));
    for (const wrong of passLeaf(feed, index, round, progress)) noteDifference(begun, wrong);
    for (const { type, packs } of round.kind === 'round' ? round.changes : []) {
      const { count, root: after } = packs.at(-1)!;
      progress.types[type] = { count, root: after };
    }
    progress.rounds = index + 1;
    progress.firstRead = progress.rounds;
    progress.offset = next;
    progress.logSize = size;
  }
}

/** Holds the feeds to the `published` statements below the state. */
async function holdAnchors(begun: GatherState, { log, feeds }: BaseParts): Promise<void> {
  const anchors = new Map(
    [...feeds].map(([feed, copy]) => [feed, new FeedAnchors(feed, copy, progressOf(begun, feed))]),
  );
  try {
    for await (const { index, statement } of loggedStatements(log, 'published', { size: 0, offset: 0 })) {
      if (index >= begun.size) break;
      for (const head of statement.feeds) {
        const wrong = (await anchors.get(head.feed)?.check(head, index)) ?? null;
        if (wrong !== null) noteDifference(begun, wrong);
      }
    }
  } finally {
    for (const anchor of anchors.values()) await anchor.close();
  }
}

/** A type that the feed never spoke of has the empty set. */
function putBaseSets(begun: GatherState, feed: string, spill: SpillWriter): void {
  const { types, rounds, logSize } = begun.feeds[feed]!;
  const names = new Set([...Object.keys(types), ...SIGNAL_TYPES.map(({ name }) => name)]);
  const steps = [...names].map((type) => {
    const { root, count } = types[type] ?? { root: EMPTY_ROOT, count: 0 };
    return { type, steps: [{ step: begun.nextStep++, root, count }], broken: false };
  });
  putBaseRound(spill.streams[TIMELINE]!, { feed, round: Math.max(0, rounds - 1), logSize, types: steps });
}
