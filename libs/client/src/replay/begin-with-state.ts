import {
  decodeStateDirectory,
  ProtocolError,
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
import { firstState, type FeedProgress, type GatherState } from './gather-state.js';
import type { LogCopy } from './log-copy.js';
import { loggedStatements, statementOf, type LoggedStatement } from './logged-statements.js';
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
  /** Bytes that are sorted in memory before they are committed. */
  readonly runBytes: number;
  readonly onProgress: (leaves: number) => void;
}

/** Which state to begin with: the latest that the hub keeps, or the one whose statement has a log index. */
export type WantedState = 'latest' | number;

type LoggedState = LoggedStatement<'state'>;

/**
 * Puts a state of the log in the place of everything below its size (docs/protocol-state.md, "Beginning with a state"): its leaves, which lead to the
 * root in the log, the keys registered before it, and the rounds that its records must meet.
 *
 * @returns what the first pass goes on from; nothing of it is written yet but the spill file
 * @throws ClientError `NOT_FOUND` when there is no such state or the hub does not keep it, `EVIDENCE_MALFORMED` when its leaves are not those of its
 *   statement, or as fetching does
 */
export async function beginWithState(wanted: WantedState, parts: BaseParts): Promise<GatherState> {
  const { origin, reader, log, feeds, spill } = parts;
  const { state, directory } = await chooseState(wanted, parts);
  const base = { index: state.index, size: state.statement.size };
  const projection = await takeLeaves(state, directory, parts);
  const below = await readBelow(log, base.size, spill);
  const begun: GatherState = { ...firstState(origin, reader), ...below, base, time: projection.time };
  for (const [name, { submissions }] of projection.members) begun.counters[name] = submissions;
  for (const [feed, copy] of feeds) begun.feeds[feed] = await passRounds(feed, copy, base.size);
  for (const feed of feeds.keys()) putBaseSets(begun, feed, projection, spill);
  begun.spillBytes = await spill.commit();
  return begun;
}

async function chooseState(
  wanted: WantedState,
  { log, states }: BaseParts,
): Promise<{ state: LoggedState; directory: Uint8Array }> {
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
    const directory = await states.leaf(index, 0);
    if (directory !== null) return { state, directory };
  }
  const subject = wanted === 'latest' ? 'states of the log' : `state at log index ${wanted}`;
  const reason =
    logged.length === 0 ? 'the log has none' : 'the hub keeps none of it; begin with the first statement';
  throw new ClientError('NOT_FOUND', subject, reason);
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

/** The leaves below the state: their frontier, and the keys that signatures after it are verified under. */
async function readBelow(
  log: LogCopy,
  size: number,
  spill: SpillWriter,
): Promise<Pick<GatherState, 'size' | 'offset' | 'frontier'>> {
  const range = CompactRange.empty();
  let offset = 0;
  for await (const { leaf, next } of log.leaves(0, 0)) {
    if (range.size === size) break;
    range.append(leafHash(leaf));
    if (statementOf(leaf, 'key') !== null) putBaseKey(spill.streams[TIMELINE]!, leaf);
    offset = next;
  }
  return { size, offset, frontier: toHex(range.frontier()) };
}

/** How far a feed is when the log has a size: its rounds up to there, and where the sets of its types stand. */
async function passRounds(feed: string, copy: LogCopy, size: number): Promise<FeedProgress> {
  const anchor = { size: 0, frontier: '', offset: 0 };
  const progress: FeedProgress = { rounds: 0, offset: 0, logSize: 0, types: {}, broken: [], anchor };
  for await (const { index, leaf, next } of copy.leaves(0, 0)) {
    const [read] = readRounds(feed, index, [leaf], progress.logSize);
    const { round } = read!;
    if (round.log.size > size) break;
    for (const { type, packs } of round.kind === 'round' ? round.changes : []) {
      const { count, root } = packs.at(-1)!;
      progress.types[type] = { count, root };
    }
    progress.rounds = index + 1;
    progress.offset = next;
    progress.logSize = round.log.size;
  }
  return progress;
}

/** A type that the feed never spoke of has the empty set. */
function putBaseSets(
  begun: GatherState,
  feed: string,
  { channels }: ProjectionState,
  spill: SpillWriter,
): void {
  const { types, rounds, logSize } = begun.feeds[feed]!;
  const names = new Set([...Object.keys(types), ...(channels.get(feed)?.policy.types ?? [])]);
  const steps = [...names].map((type) => {
    const { root, count } = types[type] ?? { root: EMPTY_ROOT, count: 0 };
    return { type, steps: [{ step: begun.nextStep++, root, count }], broken: false };
  });
  putBaseRound(spill.streams[TIMELINE]!, { feed, round: Math.max(0, rounds - 1), logSize, types: steps });
}
