import {
  addStateChunk,
  applyToDirectory,
  decodeStateDirectory,
  applyToSignals,
  emptyState,
  noteErasedLines,
  ProtocolError,
  requireChain,
  signalTypeByName,
  StateChunkDecoder,
  StateEncoder,
  type ProjectionState,
  type RecordChange,
  type SignalEffect,
  type SignalState,
} from '#libs/protocol';
import { leafHash } from '#libs/tlog';
import { AnnouncedSet } from './announced-set.js';
import { ByteSink, ByteSource } from '../files/byte-sink.js';
import { compareRound, hexOf, type ComparedType, type Knowledge } from './compare-round.js';
import { compareSnapshot } from './compare-snapshot.js';
import { difference, MOST_DIFFERENCES, type Difference } from './difference.js';
import type { ErasedSpans } from './erased-spans.js';
import { isUnread, type Gaps } from './horizon-gaps.js';
import { RollupFolds } from './rollup-folds.js';
import {
  RECORD,
  takeChanges,
  takeChunk,
  takeEntry,
  takeSubmission,
  type AnnouncedChange,
  type Names,
} from './spill-records.js';
import { saltOf } from './state-source.js';
import type { TimelineItem, TimelineRollup, TimelineRound, TimelineState } from './timeline.js';

/** How a partition is replayed. */
export interface PartitionRules {
  readonly knowledge: Knowledge;
  /** Channels whose feeds are read, and so compared. */
  readonly followed: readonly string[];
  /** What is below horizons, and so not read, by feed and type. */
  readonly gaps: Readonly<Record<string, Gaps>>;
  /**
   * Unix milliseconds of log time from which on a change need not be announced yet; null when the log was not read to its end, and so nothing is
   * known of what is announced later.
   */
  readonly duty: number | null;
  /** Rounds that cannot be compared. */
  readonly erased: ErasedSpans;
}

/** What came of a partition. */
export interface PartitionResult {
  /** At most `MOST_DIFFERENCES`. */
  readonly differences: Difference[];
  /** Those that are not among them. */
  readonly more: number;
  /** Changes that follow from the log and are not announced yet, which is in time. */
  readonly pending: number;
  /** Of each `state` statement that is met on the way: its log index, and the hash of this partition's chunk as replayed, hex. */
  readonly states: readonly { readonly index: number; readonly chunk: string }[];
  /** By ascending step: `u32 step | 32 bytes root of the subtree | u32 records`, for each step that changed the partition. */
  readonly roots: Buffer;
}

/** Channel and type of a set. */
type Place = string;

/** What a leaf of a feed says of one type, as far as it falls into the partition. */
interface TakenType {
  readonly type: string;
  readonly place: Place;
  readonly steps: readonly { readonly step: number; readonly changes: readonly AnnouncedChange[] }[];
  /** Those of all steps. */
  readonly changes: readonly AnnouncedChange[];
}

/** Replays the signals of one partition along the timeline, and compares at each round what the feed announces of them. */
export class PartitionReplay {
  private state: ProjectionState = emptyState();
  private readonly source: ByteSource;
  private readonly sets = new Map<Place, AnnouncedSet>();
  private folds = new RollupFolds([]);
  /** Keys whose records changed since the last round of their feed, with the time of the statement that was the first. */
  private readonly touched = new Map<Place, Map<string, number>>();
  private readonly broken = new Set<Place>();
  /** Channels with an erasure since the last round of their feed that was compared. */
  private readonly eraseIn = new Set<string>();
  private readonly differences: Difference[] = [];
  private readonly roots = new ByteSink();
  private readonly states: { index: number; chunk: string }[] = [];
  private more = 0;

  /** @param partition 0 to 255 */
  constructor(
    private readonly partition: number,
    stream: Buffer,
    private readonly names: Names,
    private readonly rules: PartitionRules,
  ) {
    this.state.complete = rules.knowledge === 'whole';
    this.source = new ByteSource(stream);
  }

  run(timeline: readonly TimelineItem[]): PartitionResult {
    this.folds = new RollupFolds(timeline);
    for (const item of timeline) this.item(item);
    this.submissionsBelow(Infinity);
    const pending = this.rules.duty === null ? 0 : this.unannounced(this.rules.duty);
    const { differences, more, states } = this;
    return { differences, more, pending, states, roots: Buffer.from(this.roots.view()) };
  }

  private item(item: TimelineItem): void {
    switch (item.kind) {
      case 'statement':
        this.submissionsBelow(item.index);
        this.state.size = item.index;
        this.apply(applyToDirectory(this.state, item), item.statement.time);
        return item.statement.kind === 'erase' ? this.erase(item.index, item.statement.time) : undefined;
      case 'erased':
        this.submissionsBelow(item.index);
        return noteErasedLines(this.state, item.channel, item.index, item.lines);
      case 'round':
        this.submissionsBelow(item.round.logSize);
        return this.round(item.round);
      case 'rollup':
        this.submissionsBelow(item.rollup.logSize);
        return this.rollup(item.rollup);
      case 'snapshot':
        this.submissionsBelow(item.round.logSize);
        return this.snapshot(item.round);
      case 'state':
        this.submissionsBelow(item.state.size);
        return this.reach(item.state);
      case 'base':
        return this.begin(item.directory);
      case 'base_round':
        return this.beginSets(item.round);
      case 'base_key':
    }
  }

  /** Takes the state that the replay begins with; its leaves have given the root in the log. */
  private begin(directory: Uint8Array): void {
    this.state = decodeStateDirectory(directory);
    this.source.u8();
    const decoder = new StateChunkDecoder(this.state);
    addStateChunk(this.state, decoder, this.partition, takeChunk(this.source));
  }

  /** The records of that state stand for all changes before it. */
  private beginSets({ feed, types }: TimelineRound): void {
    for (const { type, steps } of types) {
      const changes: AnnouncedChange[] = [];
      for (const { key, metadata } of this.signalsOf(feed, type).values()) {
        if (metadata !== null) changes.push({ op: 'add', key, metadata, reason: 0 });
      }
      if (changes.length > 0) this.applyStep(placeOf(feed, type), type, steps[0]!.step, changes);
    }
  }

  private reach({ index, salts }: TimelineState): void {
    const leaf = 1 + this.partition;
    const bytes = new StateEncoder(this.state).leaf(leaf, saltOf(salts, leaf));
    this.states.push({ index, chunk: hexOf(leafHash(bytes)) });
  }

  private submissionsBelow(index: number): void {
    while (this.source.peek() === RECORD.submission && this.nextIndex() < index) this.submission();
  }

  private nextIndex(): number {
    return this.source.peekU64(1);
  }

  private submission(): void {
    this.source.u8();
    const facts = takeSubmission(this.source, this.names);
    const entries = [];
    while (this.source.peek() === RECORD.entry) {
      this.source.u8();
      entries.push(takeEntry(this.source, facts));
    }
    const effect = { kind: 'entries', channel: facts.channel, index: facts.index, entries } as const;
    this.checkChain(effect);
    this.apply(effect, facts.time);
  }

  /** Who is not shown all entries cannot tell which was the one before. */
  private checkChain(effect: SignalEffect & { kind: 'entries' }): void {
    if (this.rules.knowledge === 'own') return;
    try {
      requireChain(this.state, effect);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const { index, channel: feed } = effect;
      this.report(difference('wrong_order', error.message, { feed, index, line: error.line ?? null }));
    }
  }

  private apply(effect: SignalEffect, time: number): void {
    for (const change of applyToSignals(this.state, effect)) this.touch(change, time);
  }

  private touch({ channel, type, key }: Pick<RecordChange, 'channel' | 'type' | 'key'>, time: number): void {
    if (!this.rules.followed.includes(channel)) return;
    const place = placeOf(channel, type);
    const keys = this.touched.get(place) ?? new Map<string, number>();
    this.touched.set(place, keys);
    const name = hexOf(key);
    if (!keys.has(name)) keys.set(name, time);
  }

  /**
   * The feeds concerned come back to what follows from the log: which record it was about nobody can tell any more, so all are compared by the round
   * that follows.
   */
  private erase(index: number, time: number): void {
    for (const channel of this.rules.erased.channelsAt(index)) {
      if (!this.rules.followed.includes(channel)) continue;
      this.eraseIn.add(channel);
      const announced = [...this.sets.keys()].filter((place) => place.startsWith(`${channel}/`));
      const known = [...(this.state.channels.get(channel)?.signals.keys() ?? [])];
      for (const place of new Set([...announced, ...known.map((type) => placeOf(channel, type))])) {
        const type = place.slice(channel.length + 1);
        for (const key of this.setOf(place, type).keys()) this.touch({ channel, type, key }, time);
        for (const { key } of this.signalsOf(channel, type).values())
          this.touch({ channel, type, key }, time);
      }
    }
  }

  private round(leaf: TimelineRound): void {
    const { feed, round, logSize } = leaf;
    if (this.rules.erased.hides(feed, logSize)) return this.pass(leaf);
    for (const taken of this.takeTypes(leaf)) {
      this.folds.collect(feed, round, taken.type, taken.changes);
      this.compare(feed, taken.type, taken.changes, round);
      this.touched.delete(taken.place);
      this.applySteps(taken);
    }
    // A round without a word of a type says that nothing of it changed.
    for (const place of [...this.touched.keys()].filter((one) => one.startsWith(`${feed}/`))) {
      const type = place.slice(feed.length + 1);
      const isRead = !isUnread(this.rules.gaps[feed] ?? {}, type, round);
      if (isRead && !this.broken.has(place)) this.compare(feed, type, [], round);
      this.touched.delete(place);
    }
    this.eraseIn.delete(feed);
  }

  /** Takes the packs of a round that cannot be compared. The erasure that hides it has all records compared after it. */
  private pass(leaf: TimelineRound): void {
    const { feed, round } = leaf;
    for (const taken of this.takeTypes(leaf)) {
      this.folds.collect(feed, round, taken.type, taken.changes);
      this.applySteps(taken);
    }
    for (const place of [...this.touched.keys()].filter((one) => one.startsWith(`${feed}/`)))
      this.touched.delete(place);
  }

  /** The set begins anew with the records of the snapshot, whether they are right or not: so do the copies of all who pull it. */
  private snapshot(leaf: TimelineRound): void {
    const { feed, round, logSize } = leaf;
    const isHidden = this.rules.erased.hides(feed, logSize);
    for (const taken of this.takeTypes(leaf)) {
      const { type, place, changes } = taken;
      const of = { feed, type, signals: this.signalsOf(feed, type) };
      const wrong = isHidden ? [] : compareSnapshot(of, changes, round, this.rules.knowledge);
      wrong.forEach((one) => this.report(one));
      this.touched.delete(place);
      this.sets.delete(place);
      this.applySteps(taken);
    }
  }

  private rollup(rollup: TimelineRollup): void {
    const changes = new Map(rollup.types.map(({ type, step }) => [type, this.takeStep(step, type)]));
    for (const wrong of this.folds.compare(rollup, changes)) this.report(wrong);
  }

  /** What a leaf says of its types, but for those whose sets are broken, now or since an earlier leaf. */
  private *takeTypes({ feed, types }: TimelineRound): Generator<TakenType> {
    for (const { type, steps: named, broken } of types) {
      const place = placeOf(feed, type);
      if (broken) this.broken.add(place);
      const steps = named.map(({ step }) => ({ step, changes: this.takeStep(step, type) }));
      if (this.broken.has(place)) continue;
      yield { type, place, steps, changes: steps.flatMap(({ changes }) => changes) };
    }
  }

  private takeStep(step: number, type: string): AnnouncedChange[] {
    if (this.source.peek() !== RECORD.step || this.source.peekU32(1) !== step) return [];
    this.source.u8();
    this.source.u32();
    return takeChanges(this.source, signalTypeByName(type)!.keyLength);
  }

  private compare(
    feed: string,
    type: string,
    changes: readonly AnnouncedChange[],
    round: number | null,
  ): void {
    const place = placeOf(feed, type);
    const compared = this.compared(feed, type);
    const keys = this.touched.get(place)?.keys() ?? [];
    for (const wrong of compareRound(compared, keys, changes, round, this.rules.knowledge))
      this.report(wrong);
  }

  private applySteps({ type, place, steps }: TakenType): void {
    for (const { step, changes } of steps) if (changes.length > 0) this.applyStep(place, type, step, changes);
  }

  private applyStep(place: Place, type: string, step: number, changes: readonly AnnouncedChange[]): void {
    const set = this.setOf(place, type);
    set.apply(changes);
    this.roots.u32(step);
    this.roots.put(set.root);
    this.roots.u32(set.size);
  }

  /** What changed since the last round of its feed: too long ago, or not. */
  private unannounced(duty: number): number {
    let pending = 0;
    for (const [place, keys] of this.touched) {
      if (this.broken.has(place)) continue;
      const [feed, type] = place.split('/') as [string, string];
      const compared = this.compared(feed, type);
      for (const [key, time] of keys) {
        const wrong = compareRound(compared, [key], [], null, this.rules.knowledge);
        if (time >= duty) pending += wrong.length;
        else wrong.forEach((one) => this.report(one));
      }
    }
    return pending;
  }

  private compared(feed: string, type: string): ComparedType {
    return {
      feed,
      type,
      signals: this.signalsOf(feed, type),
      announced: this.setOf(placeOf(feed, type), type),
      erases: this.eraseIn.has(feed),
    };
  }

  private signalsOf(feed: string, type: string): ReadonlyMap<string, SignalState> {
    return this.state.channels.get(feed)?.signals.get(type) ?? new Map();
  }

  private setOf(place: Place, type: string): AnnouncedSet {
    const set = this.sets.get(place) ?? new AnnouncedSet(signalTypeByName(type)!.keyLength);
    this.sets.set(place, set);
    return set;
  }

  private report(wrong: Difference): void {
    if (this.differences.length < MOST_DIFFERENCES) this.differences.push(wrong);
    else this.more += 1;
  }
}

function placeOf(channel: string, type: string): Place {
  return `${channel}/${type}`;
}
