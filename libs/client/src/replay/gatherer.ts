import {
  applyToDirectory,
  decodeStateDirectory,
  decodeStatement,
  emptyState,
  encodeStateDirectory,
  erasedOf,
  fromHex,
  noteErasedLines,
  passStatement,
  ProtocolError,
  toHex,
  type HorizonLeaf,
  type LogHead,
  type ProjectionState,
  type RoundTypeChange,
  type SignalEffect,
  type SnapshotLeaf,
  type Statement,
} from '#libs/protocol';
import { CompactRange, leafHash } from '#libs/tlog';
import { EMPTY_ROOT } from '../pull/pull-plan.js';
import { difference, wrongLogRoot, type Difference } from './difference.js';
import type { ErasedLines } from './erased-lines.js';
import type { EvidenceSource } from './evidence-source.js';
import type { FeedCursor, NextRound } from './feed-cursor.js';
import { noteDifference, writeGatherState, type GatherState } from './gather-state.js';
import { gatherRollup } from './gather-rollup.js';
import { gatherSnapshot } from './gather-snapshot.js';
import { isUnread } from './horizon-gaps.js';
import type { LogCopy } from '../log/log-copy.js';
import type { LogRoots } from './log-roots.js';
import type { LoggedStatement } from '../log/logged-statements.js';
import type { RegisteredKeys } from './registered-keys.js';
import { passMarker } from './pass-marker.js';
import { endWithoutRollup, passStep } from './rollup-progress.js';
import { spillEntries } from './spill-entries.js';
import { TIMELINE, type SpillWriter } from './spill-file.js';
import { Names } from './spill-records.js';
import { openAnnounced, spillPack } from './spill-pack.js';
import { saltOf, type StateSource } from './state-source.js';
import type { ReadSubmission, Replayer, SubmissionReader } from './submission-reader.js';
import {
  isTelling,
  putErased,
  putRound,
  putState,
  putStatement,
  type Step,
  type TimelineItem,
  type TimelineRound,
} from './timeline.js';
import type { TypeProgress } from './type-progress.js';

/** What the first pass works with. */
export interface GatherParts {
  readonly directory: string;
  readonly replayer: Replayer;
  readonly log: LogCopy;
  readonly feeds: readonly FeedCursor[];
  /** States of the log that are held to the replayed state, by the size that they are of. */
  readonly states: ReadonlyMap<number, readonly LoggedStatement<'state'>[]>;
  readonly stateSource: StateSource;
  readonly evidence: EvidenceSource;
  readonly reader: SubmissionReader;
  readonly erased: ErasedLines;
  readonly keys: RegisteredKeys;
  readonly spill: SpillWriter;
  /** Of the log up to what is read. */
  readonly roots: LogRoots;
  /** Unix milliseconds of log time before which all rounds are there that belong between the statements. */
  readonly settled: number;
  readonly onProgress: (size: number) => void;
  /** Bytes that are sorted in memory before they are committed. */
  readonly runBytes: number;
}

/** What the first pass came to. */
export interface Gathered {
  /** What ended the reading early, or null. */
  readonly stopped: Difference | null;
  /** Bytes of the spill file that were read into. */
  readonly spillBytes: number;
}

/** Milliseconds after which they are committed however few they are: as much as a killed run has to fetch again. */
const RUN_MS = 15_000;

/** A statement that ends the reading: whatever comes after it cannot be told. */
class EndOfReading extends Error {
  constructor(readonly difference: Difference) {
    super(difference.detail);
  }
}

/**
 * The first pass over the log: verifies each submission, applies the directory part of the projection, and sorts entries and announced
 * changes into partitions on the disk. Commits its state as it goes, so that a run that is killed goes on from there.
 */
export class Gatherer {
  private readonly names: Names;
  private readonly range: CompactRange;
  private projection = emptyState();
  private committedAt = performance.now();

  /** @param timeline what earlier runs have put into the timeline */
  constructor(
    private readonly state: GatherState,
    timeline: readonly TimelineItem[],
    private readonly parts: GatherParts,
  ) {
    this.names = new Names(state.names);
    this.range = CompactRange.restore(state.size, fromHex(state.frontier)!);
    // Who is not shown all submissions cannot tell what an erasure names.
    this.projection.complete = parts.replayer.kind === 'auditor';
    for (const item of timeline) this.restore(item);
    this.projection.size = state.size;
    this.projection.time = state.time;
    for (const [member, submissions] of Object.entries(state.counters)) {
      this.projection.members.get(member)!.submissions = submissions;
    }
  }

  /** Reads the log to the end of its copy, or to a statement that ends the reading. */
  async run(): Promise<Gathered> {
    const { log } = this.parts;
    try {
      await this.reachStates();
      for await (const { index, leaf, next } of log.leaves(this.state.size, this.state.offset)) {
        await this.rounds();
        await this.statement(index, leaf);
        this.range.append(leafHash(leaf));
        this.parts.roots.add(this.range.root());
        this.state.size = index + 1;
        this.state.time = this.projection.time;
        this.state.offset = next;
        await this.reachStates();
        await this.commitIfDue();
      }
      await this.rounds();
      await this.ends();
    } catch (error) {
      if (!(error instanceof EndOfReading)) throw error;
      // What was read up to here can be compared; the state is that of the last commit, so that the next run reads it again.
      return { stopped: error.difference, spillBytes: await this.parts.spill.commit() };
    }
    await this.commit();
    return { stopped: null, spillBytes: this.state.spillBytes };
  }

  private restore(item: TimelineItem): void {
    const { keys } = this.parts;
    if (item.kind === 'base') this.projection = decodeStateDirectory(item.directory);
    if (item.kind === 'base_key') keys.add(item.statement);
    if (item.kind === 'erased') noteErasedLines(this.projection, item.channel, item.index, item.lines);
    if (item.kind !== 'statement') return;
    const { index, statement } = item;
    this.projection.size = index;
    applyToDirectory(this.projection, { statement });
    if (statement.kind === 'key') keys.add(statement);
  }

  /** The log is read up to the size of a state: what it says of the directory is kept, and signals are compared by partition. */
  private async reachStates(): Promise<void> {
    const { states, stateSource, spill, erased } = this.parts;
    // Of a size at which a line stood that was erased later: no replay comes to that state any more.
    if (erased.isBroken(this.state.size)) return;
    for (const { index, statement } of states.get(this.state.size) ?? []) {
      if (this.state.base?.index === index || this.state.states.includes(index)) continue;
      const salts = await stateSource.salts(index);
      if (salts === null) continue;
      const directory = leafHash(encodeStateDirectory(this.projection, saltOf(salts, 0)));
      putState(spill.streams[TIMELINE]!, { index, ...statement, directory, salts });
      this.state.states.push(index);
    }
  }

  private async statement(index: number, leaf: Uint8Array): Promise<void> {
    try {
      const statement = decodeStatement(leaf);
      if (statement.kind === 'submission') {
        await this.checkHead(index, statement.head);
        return await this.submission(index, leaf, statement);
      }
      applyToDirectory(this.projection, { statement });
      if (statement.kind === 'key') this.parts.keys.add(statement);
      if (isTelling(statement)) putStatement(this.parts.spill.streams[TIMELINE]!, index, leaf);
      if (statement.kind === 'published') await this.anchors(statement, index);
      if (statement.kind === 'state') this.countState(index, statement.size);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const kind = error.field === 'author.counter' ? 'wrong_order' : 'invalid_history';
      const detail = `${error.message} (${error.code})`;
      throw new EndOfReading(difference(kind, detail, { index, line: error.line ?? null }));
    }
  }

  /** What is not compared is said: because it rests on what was erased since, or because the hub keeps nothing of it. */
  private countState(index: number, size: number): void {
    const { seen } = this.state;
    if (this.isHeld(index)) return;
    if (this.parts.erased.isBroken(size)) seen.erasedStates += 1;
    else seen.states += 1;
  }

  /** Whether a `state` statement is compared with, or is the one that the replay began with. */
  private isHeld(index: number): boolean {
    return this.state.base?.index === index || this.state.states.includes(index);
  }

  private async checkHead(index: number, head: LogHead | null): Promise<void> {
    if (head === null) return;
    const isPast = head.size <= index;
    if (isPast && toHex(await this.parts.roots.at(head.size)) === head.root) return;
    const detail = isPast
      ? `its author had verified another root at size ${head.size} than this log had`
      : `its author had verified a head of ${head.size} leaves before this log had as many`;
    this.note(difference('wrong_head', detail, { index }));
  }

  private async submission(index: number, leaf: Uint8Array, statement: Statement): Promise<void> {
    const { evidence, reader } = this.parts;
    const read = await reader.read(index, leaf, await evidence.at(index));
    if (!read.ok) throw new EndOfReading(read.difference);
    const effect = this.place(statement, read.submission);
    if (effect?.kind !== 'entries') return;
    const { content, author, entries } = read.submission!.checked;
    const erased = erasedOf({ entries: entries!, decisions: read.submission!.decisions! });
    if (erased.length > 0) putErased(this.parts.spill.streams[TIMELINE]!, index, effect.channel, erased);
    const named = content!.attribution === 'named';
    const { member, key } = author!;
    spillEntries(
      this.parts.spill,
      this.names,
      { index, time: statement.time, channel: content!.channel, member, key, named },
      effect.entries,
    );
  }

  /** What a submission does, if all of it is shown; otherwise it is only counted. */
  private place(statement: Statement, read: ReadSubmission | null): SignalEffect | null {
    const { projection } = this;
    const { content = null, author = null, entries = null } = read?.checked ?? {};
    const decisions = read?.decisions ?? null;
    if (author !== null) this.takeTurn(projection, author.member, author.counter);
    if (content === null || author === null || entries === null || decisions === null) {
      passStatement(projection, statement);
      return null;
    }
    return applyToDirectory(projection, { statement, submission: { content, author, entries, decisions } });
  }

  /** Who is not shown every author knows only that counters ascend, but for its own, between which there is no gap. */
  private takeTurn({ members }: ProjectionState, name: string, counter: number): void {
    const { replayer } = this.parts;
    const member = members.get(name);
    if (member === undefined) throw invalid('author.member', 'must be a member of the hub');
    this.state.counters[name] = counter;
    if (replayer.kind === 'auditor') return;
    const isNext = name === replayer.name ? counter === member.submissions + 1 : counter > member.submissions;
    if (!isNext) throw invalid('author.counter', 'must ascend, by one for the own submissions');
    member.submissions = name === replayer.name ? counter - 1 : counter;
  }

  private async anchors({ feeds }: Extract<Statement, { kind: 'published' }>, index: number): Promise<void> {
    for (const head of feeds) {
      const cursor = this.parts.feeds.find(({ feed }) => feed === head.feed);
      const wrong = (await cursor?.anchors.check(head, index)) ?? null;
      if (wrong !== null) this.note(wrong);
    }
  }

  /** Takes the rounds that were derived from the log as it is read so far. */
  private async rounds(): Promise<void> {
    const before = this.parts.feeds.map(({ progress }) => progress.rounds);
    for (const cursor of this.parts.feeds) {
      for (let next = await cursor.peek(); next !== null && next.round.log.size <= this.range.size;) {
        await this.round(cursor, next);
        cursor.take(next);
        await this.commitIfDue();
        next = await cursor.peek();
      }
    }
    const took = this.parts.feeds.some(({ progress }, at) => progress.rounds > before[at]!);
    // From behind the last round on nothing may be settled for long.
    if (took && !(await this.hasNext())) await this.commit();
  }

  /** Holds feeds that are read to the end of their signed heads to that end; a run that finds nothing new finds the same again. */
  private async ends(): Promise<void> {
    for (const cursor of this.parts.feeds) {
      if ((await cursor.peek()) !== null) continue;
      const wrong = endWithoutRollup(cursor.feed, cursor.progress);
      const isNoted = this.state.differences.some(
        ({ kind, feed, round }) => kind === wrong?.kind && feed === wrong.feed && round === wrong.round,
      );
      if (wrong !== null && !isNoted) this.note(wrong);
    }
  }

  private async round(cursor: FeedCursor, { index, round }: NextRound): Promise<void> {
    const { feed } = cursor;
    if (round.log.root !== toHex(await this.rootOf(round.log.size))) {
      this.note(wrongLogRoot(feed, index));
    }
    if (round.kind === 'rollup')
      return gatherRollup(this.state, this.parts.spill, cursor, { index, rollup: round });
    if (round.kind === 'snapshot' || round.kind === 'horizon') return this.marker(cursor, index, round);
    const missing = passStep(feed, index, cursor.progress);
    if (missing !== null) this.note(missing);
    const types: TimelineRound['types'][number][] = [];
    for (const change of round.kind === 'round' ? round.changes : []) {
      if (isUnread(cursor.progress.gaps, change.type, index)) this.passType(cursor, change);
      else types.push(await this.type(cursor, index, change));
    }
    putRound(this.parts.spill.streams[TIMELINE]!, { feed, round: index, logSize: round.log.size, types });
  }

  private async marker(cursor: FeedCursor, index: number, leaf: SnapshotLeaf | HorizonLeaf): Promise<void> {
    for (const wrong of passMarker(cursor.feed, index, leaf, cursor.progress)) this.note(wrong);
    if (leaf.kind === 'snapshot')
      await gatherSnapshot(this.state, this.parts.spill, cursor, { index, snapshot: leaf });
  }

  /** Of a round below the horizon there is only what it announces. */
  private passType({ progress }: FeedCursor, { type, count, root }: RoundTypeChange): void {
    progress.types[type] = { count, root };
    this.state.seen.belowHorizon += 1;
  }

  private async rootOf(size: number): Promise<Uint8Array> {
    return size === 0 ? CompactRange.empty().root() : this.parts.roots.at(size);
  }

  private async type(
    cursor: FeedCursor,
    index: number,
    { type, packs }: RoundTypeChange,
  ): Promise<TimelineRound['types'][number]> {
    const { feed, progress } = cursor;
    const steps: Step[] = [];
    for (const [part, announced] of packs.entries()) {
      const subject = `feed ${feed}, round ${index}, ${type} pack ${part + 1} of ${packs.length}`;
      const before: TypeProgress = progress.types[type] ?? { count: 0, root: EMPTY_ROOT };
      const opened = await openAnnounced(type, announced, before, () =>
        cursor.pack(announced, { subject, type, index }),
      );
      if (!opened.ok && !progress.broken.includes(type)) {
        progress.broken.push(type);
        this.note(difference('wrong_pack', `${subject} ${opened.detail}`, { feed, round: index, type }));
      }
      const step = this.state.nextStep++;
      if (opened.ok) spillPack(this.parts.spill, step, opened.pack);
      progress.types[type] = { count: announced.count, root: announced.root };
      steps.push({ step, root: announced.root, count: announced.count });
    }
    return { type, steps, broken: progress.broken.includes(type) };
  }

  private note(wrong: Difference): void {
    noteDifference(this.state, wrong);
  }

  private async commitIfDue(): Promise<void> {
    if (this.parts.spill.pending < this.parts.runBytes && performance.now() - this.committedAt < RUN_MS)
      return;
    await this.commit();
  }

  private async commit(): Promise<void> {
    const { spill, directory, onProgress } = this.parts;
    this.state.spillBytes = await spill.commit();
    await this.parts.roots.commit();
    this.state.frontier = toHex(this.range.frontier());
    this.state.names = this.names.all;
    if (await this.isSettled()) await writeGatherState(directory, this.state);
    this.committedAt = performance.now();
    onProgress(this.state.size);
  }

  /**
   * Whether a later replay can go on from here. The log is signed before the feeds are: of the latest statements rounds may still be to come, and they belong
   * between them. Below a round that is there none is, unless its feed is signed a moment later: then the next replay begins anew.
   */
  private async isSettled(): Promise<boolean> {
    const { feeds, settled } = this.parts;
    if (feeds.length === 0 || this.state.time < settled) return true;
    return feeds.some(({ progress }) => progress.logSize >= this.state.size) || this.hasNext();
  }

  private async hasNext(): Promise<boolean> {
    for (const cursor of this.parts.feeds) if ((await cursor.peek()) !== null) return true;
    return false;
  }
}

function invalid(field: string, rule: string): ProtocolError {
  return new ProtocolError({ code: 'INVALID_HISTORY', field, rule });
}
