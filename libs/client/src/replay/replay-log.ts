import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { decodeStateDirectory, fromHex } from '#libs/protocol';
import type { TlogPolicy } from '#libs/tlog';
import { durableFiles } from '../files/durable-files.js';
import { FileLock } from '../files/file-lock.js';
import { openCheckpoint, type VerifiedHead } from '../log/open-checkpoint.js';
import { StaticLog, type FetchFile } from '../log/static-log.js';
import type { WantedState } from './begin-with-state.js';
import { MOST_DIFFERENCES, type Difference } from './difference.js';
import { ErasedLines } from './erased-lines.js';
import { ErasedSpans } from './erased-spans.js';
import { EvidenceSource } from './evidence-source.js';
import { FeedCursor } from './feed-cursor.js';
import { progressOf, type GatherState } from './gather-state.js';
import { GatherStart, rootsFile, spillFile } from './gather-start.js';
import { keepReplayEvidence } from './replay-evidence.js';
import {
  forgetTarget,
  readTarget,
  targetDigest,
  writeTarget,
  type KeptHead,
  type ReplayTarget,
} from './replay-target.js';
import { Gatherer, type Gathered } from './gatherer.js';
import { noteGaps } from './horizon-gaps.js';
import { requireNoNewHorizon } from './missing-pack.js';
import { LogCopy } from '../log/log-copy.js';
import { LogRoots } from './log-roots.js';
import { loggedStatements, type LoggedStatement } from '../log/logged-statements.js';
import { meetRoots } from './meet-roots.js';
import { meetStates } from './meet-states.js';
import { PartitionResults } from './partition-results.js';
import { RegisteredKeys } from './registered-keys.js';
import { PartitionReplay, type PartitionRules } from './replay-partition.js';
import type { ReplayProgress, ReplayReport, ReplayTiming } from './replay-report.js';
import { PARTITIONS, SpillReader, SpillWriter, TIMELINE } from './spill-file.js';
import { Names } from './spill-records.js';
import { StateSource } from './state-source.js';
import { SubmissionReader, type Replayer } from './submission-reader.js';
import { readTimeline, type TimelineItem } from './timeline.js';

/** What a replay needs. */
export interface ReplayOptions {
  readonly policy: TlogPolicy;
  /** The hub's name. */
  readonly origin: string;
  readonly replayer: Replayer;
  /** Files of the provenance log. */
  readonly logFiles: FetchFile;
  /** Channels whose feeds are pinned and may be read, with their files. */
  readonly feeds: ReadonlyMap<string, FetchFile>;
  /** Evidence files and states. */
  readonly evidenceFiles: FetchFile;
  /** State to begin with, if a replay begins: for auditors. It begins with the first statement without. */
  readonly fromState?: WantedState | undefined;
  /** Directory that keeps what was read, so that a replay can be taken up. It holds hash values. */
  readonly work: string;
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** Unix milliseconds. */
  readonly now?: () => number;
  /** Bytes that the first pass sorts in memory before it commits them: how much a killed run has to read again. */
  readonly runBytes?: number | undefined;
}

const RUN_BYTES = 16 * 1024 * 1024;

/** What the first pass has read. */
interface Read {
  readonly target: ReplayTarget;
  /** What ended the reading early. */
  readonly stopped: readonly Difference[];
}

/** What came of all partitions, and of each state by log index the hashes of its chunks. */
interface Replayed {
  readonly differences: Difference[];
  more: number;
  pending: number;
  readonly chunks: Map<number, Uint8Array[]>;
}

/** States that are compared in one run; a hub logs about one a day, and keeps few. */
const MOST_STATES = 1000;

/** How long after a statement its effects may be in no round yet, in milliseconds. */
const TIME_TO_PUBLISH_MS = 5 * 60_000;

/**
 * Replays the log of a hub from its first statement and holds every round of its feeds to it (docs/protocol-replay.md). Works in three passes, none of
 * which needs memory for more than a part of the signals; whatever was finished when a replay ended is not done again by the next with
 * the same work directory.
 *
 * @throws ClientError for what makes a replay impossible: no access, or logs that contradict their checkpoints or themselves
 */
export async function replayLog(options: ReplayOptions): Promise<ReplayReport> {
  await durableFiles.makeDirectory(options.work);
  const lock = await FileLock.acquire(join(options.work, 'lock'));
  try {
    return await new LogReplay(options).run();
  } finally {
    await lock.release();
  }
}

class LogReplay {
  private readonly times = { copy: 0, gather: 0, partitions: 0, roots: 0 };
  private readonly heads: KeptHead[] = [];

  constructor(private readonly options: ReplayOptions) {}

  async run(): Promise<ReplayReport> {
    const { work } = this.options;
    const { target, stopped } = (await this.takeUp()) ?? (await this.read());
    const { state } = target;
    const reader = await SpillReader.open(spillFile(this.options.work), target.spillBytes);
    try {
      const timeline = readTimeline(await reader.read(TIMELINE));
      const results = new PartitionResults(work, targetDigest(target));
      const spans = new ErasedSpans(timeline);
      const rules = this.rulesOf(target, state, spans);
      const parts = await this.timed('partitions', () =>
        this.partitions(reader, timeline, results, new Names(state.names), rules),
      );
      const roots = await this.timed('roots', () => meetRoots(timeline, results.all()));
      const states = await meetStates(timeline, parts.chunks, this.stateSource);
      const found = [stopped, state.differences, parts.differences, states.differences, roots.differences];
      const differences = found.flat();
      const evidence = await keepReplayEvidence(work, target.heads, differences);
      const met = { roots: roots.met, states: states.met };
      const hidden = spans.countHidden(timeline);
      const report = this.report({ state, target, timeline, hidden, differences, parts, met, evidence });
      await forgetTarget(work);
      return report;
    } finally {
      await reader.close();
    }
  }

  /** What an earlier replay had gathered and not finished. */
  private async takeUp(): Promise<Read | null> {
    const { work } = this.options;
    const { origin } = this.options;
    const target = await readTarget(work, origin, this.readerName);
    if (target === null) return null;
    const log = await this.timed('copy', () => this.copyLog());
    this.heads.length = 0;
    if ((await ErasedLines.read(log)).isBroken(target.state.size)) {
      // What was gathered holds lines that were erased since: it must go, whether or not it fits, and cannot be compared any more.
      await forgetTarget(work);
      return null;
    }
    this.start.requireFits(target.state);
    return { target, stopped: [] };
  }

  private async read(): Promise<Read> {
    const { work } = this.options;
    const log = await this.timed('copy', () => this.copyLog());
    const feeds = await this.timed('copy', () => this.copyFeeds());
    const erased = await ErasedLines.read(log);
    const state = await this.start.open(log, feeds, erased);
    const settled = (this.options.now ?? Date.now)() - TIME_TO_PUBLISH_MS;
    const { gathered, ahead } = await this.timed('gather', () =>
      this.gather(log, feeds, state, settled, erased),
    );
    const { stopped, spillBytes } = gathered;
    const duty = stopped === null ? settled : null;
    const run = randomUUID();
    const target = { run, state, spillBytes, heads: this.heads, logSize: log.size, ahead, duty };
    // What was read up to a statement that ended the reading is read again by the next replay.
    if (stopped === null) await writeTarget(work, target);
    return { target, stopped: stopped === null ? [] : [stopped] };
  }

  private async copyLog(): Promise<LogCopy> {
    const { origin, logFiles, work } = this.options;
    return this.copy(new StaticLog(`log ${origin}/log`, logFiles), `${origin}/log`, join(work, 'log'));
  }

  /** After the log, so that a feed is at least as far as the log that it is held to. */
  private async copyFeeds(): Promise<Map<string, LogCopy>> {
    const { origin, feeds, work } = this.options;
    const copies = new Map<string, LogCopy>();
    for (const [feed, files] of feeds) {
      const log = new StaticLog(`feed ${feed}`, files);
      copies.set(feed, await this.copy(log, `${origin}/feed/${feed}`, join(work, 'feeds', feed)));
    }
    return copies;
  }

  private async copy(log: StaticLog, origin: string, directory: string): Promise<LogCopy> {
    const copy = await LogCopy.open(directory, log, { hub: this.options.origin, origin });
    const head = openCheckpoint(this.options.policy, origin, await log.checkpoint());
    this.heads.push({ origin, size: head.size, note: head.note });
    await copy.extend(head, (done) => this.progress('log', done, head.size));
    return copy;
  }

  /** The head of a feed that the hub serves by now. */
  private async servedHead(feed: string): Promise<VerifiedHead> {
    const { policy, origin, feeds } = this.options;
    const log = new StaticLog(`feed ${feed}`, feeds.get(feed)!);
    return openCheckpoint(policy, `${origin}/feed/${feed}`, await log.checkpoint());
  }

  private get readerName(): string {
    const { replayer } = this.options;
    return replayer.kind === 'auditor' ? 'auditor' : `member:${replayer.name}`;
  }

  private get stateSource(): StateSource {
    return new StateSource(this.options.evidenceFiles);
  }

  private get start(): GatherStart {
    const { work, origin, fromState, runBytes = RUN_BYTES } = this.options;
    const onProgress = (done: number, total: number): void => this.progress('state', done, total);
    const beginning = { work, origin, fromState, runBytes, onProgress };
    return new GatherStart({ ...beginning, reader: this.readerName, states: this.stateSource });
  }

  private async gather(
    log: LogCopy,
    feeds: ReadonlyMap<string, LogCopy>,
    state: GatherState,
    settled: number,
    erased: ErasedLines,
  ): Promise<{ gathered: Gathered; ahead: number }> {
    const { replayer, origin, evidenceFiles, work, runBytes = RUN_BYTES } = this.options;
    const before = state.spillBytes === 0 ? [] : await this.readBefore(state);
    const keys = new RegisteredKeys();
    const cursors = [...feeds].map(
      ([feed, copy]) =>
        new FeedCursor(
          feed,
          copy,
          progressOf(state, feed),
          this.options.feeds.get(feed)!,
          async (type, index) =>
            requireNoNewHorizon(feed, copy, await this.servedHead(feed), { type, index }),
        ),
    );
    for (const { feed, progress } of cursors) await noteGaps(feed, feeds.get(feed)!, progress);
    const evidence = new EvidenceSource(evidenceFiles, log.size);
    const spill = await SpillWriter.open(spillFile(this.options.work), state.spillBytes);
    const roots = await LogRoots.open(rootsFile(this.options.work), state.size);
    const onProgress = (size: number): void => this.progress('submissions', size, log.size);
    const reader = new SubmissionReader(origin, replayer, keys, erased, state.seen);
    const states = await this.statesOf(log, state);
    const parts = {
      ...{ directory: work, replayer, log, feeds: cursors, states, stateSource: this.stateSource },
      ...{ evidence, reader, erased, keys, spill, roots, settled, onProgress, runBytes },
    };
    try {
      const gathered = await new Gatherer(state, before, parts).run();
      const ahead = cursors.reduce(
        (sum, { feed, progress }) => sum + feeds.get(feed)!.size - progress.rounds,
        0,
      );
      return { gathered, ahead: gathered.stopped === null ? ahead : 0 };
    } finally {
      await Promise.allSettled([
        evidence.close(),
        spill.close(),
        roots.close(),
        ...cursors.map((cursor) => cursor.close()),
      ]);
    }
  }

  /** States that are not read past yet, by the size that they are of. Only auditors are told enough to compare them. */
  private async statesOf(log: LogCopy, from: GatherState): Promise<Map<number, LoggedStatement<'state'>[]>> {
    const bySize = new Map<number, LoggedStatement<'state'>[]>();
    if (this.options.replayer.kind !== 'auditor') return bySize;
    let found = 0;
    for await (const logged of loggedStatements(log, 'state', from)) {
      const { size } = logged.statement;
      const ofSize = bySize.get(size);
      if (ofSize === undefined) bySize.set(size, [logged]);
      else ofSize.push(logged);
      if (++found === MOST_STATES) break;
    }
    return bySize;
  }

  private async readBefore({ spillBytes }: GatherState): Promise<TimelineItem[]> {
    const reader = await SpillReader.open(spillFile(this.options.work), spillBytes);
    try {
      return readTimeline(await reader.read(TIMELINE));
    } finally {
      await reader.close();
    }
  }

  private async partitions(
    reader: SpillReader,
    timeline: readonly TimelineItem[],
    results: PartitionResults,
    names: Names,
    rules: PartitionRules,
  ): Promise<Replayed> {
    const all: Replayed = { differences: [], more: 0, pending: 0, chunks: new Map() };
    for (let partition = 0; partition < PARTITIONS; partition++) {
      let report = await results.read(partition);
      if (report === null) {
        const result = new PartitionReplay(partition, await reader.read(partition), names, rules).run(
          timeline,
        );
        await results.write(partition, result);
        report = result;
      }
      const room = MOST_DIFFERENCES - all.differences.length;
      all.differences.push(...report.differences.slice(0, room));
      all.more += report.more + Math.max(0, report.differences.length - room);
      all.pending += report.pending;
      for (const { index, chunk } of report.states)
        all.chunks.set(index, [...(all.chunks.get(index) ?? []), fromHex(chunk)!]);
      this.progress('signals', partition + 1, PARTITIONS);
    }
    return all;
  }

  private rulesOf({ duty }: ReplayTarget, { feeds }: GatherState, erased: ErasedSpans): PartitionRules {
    const knowledge = this.options.replayer.kind === 'auditor' ? 'whole' : 'own';
    const gaps = Object.fromEntries(Object.entries(feeds).map(([feed, progress]) => [feed, progress.gaps]));
    return { knowledge, followed: Object.keys(feeds), gaps, duty, erased };
  }

  private report(found: {
    state: GatherState;
    target: ReplayTarget;
    timeline: readonly TimelineItem[];
    hidden: number;
    differences: readonly Difference[];
    parts: Replayed;
    met: { roots: number; states: number };
    evidence: string | null;
  }): ReplayReport {
    const { state, target, timeline, hidden, differences, parts, met, evidence } = found;
    const { kind } = this.options.replayer;
    const channels = timeline.flatMap(channelsOf);
    const unread = [...new Set(channels)].filter((channel) => !Object.hasOwn(state.feeds, channel)).sort();
    return {
      met: differences.length === 0,
      reader: kind,
      statements: state.size - (state.base?.size ?? 0),
      logSize: target.logSize,
      rounds: timeline.filter(({ kind }) => kind === 'round').length,
      rollups: timeline.filter(({ kind }) => kind === 'rollup').length,
      rootsMet: met.roots,
      statesMet: met.states,
      erasedLines: timeline.reduce((sum, item) => sum + erasedIn(item), 0),
      roundsHidden: hidden,
      differences: differences.slice(0, MOST_DIFFERENCES),
      moreDifferences: parts.more + state.more + Math.max(0, differences.length - MOST_DIFFERENCES),
      pending: parts.pending,
      ahead: target.ahead,
      evidence,
      trust: {
        ...state.seen,
        base: state.base,
        feeds: unread,
        records: kind === 'auditor' ? 'whole' : 'own',
      },
      timing: { ...this.times },
    };
  }

  private async timed<T>(pass: keyof ReplayTiming, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.times[pass] += performance.now() - start;
    }
  }

  private progress(pass: ReplayProgress['pass'], done: number, total: number): void {
    this.options.onProgress?.({ pass, done, total });
  }
}

function erasedIn(item: TimelineItem): number {
  return item.kind === 'statement' && item.statement.kind === 'erase' ? item.statement.lines.length : 0;
}

function channelsOf(item: TimelineItem): string[] {
  if (item.kind === 'base') return [...decodeStateDirectory(item.directory).channels.keys()];
  return item.kind === 'statement' && item.statement.kind === 'channel' ? [item.statement.channel] : [];
}
