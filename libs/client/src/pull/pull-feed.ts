import { fromHex, toHex, type RoundPack, type TypeStanding, removalReasonName } from '#libs/protocol';
import type { TlogPolicy } from '#libs/tlog';
import { AnchorAlarms } from '../anchor/anchor-alarms.js';
import type { AnchoredHead, AnchorState } from '../anchor/anchor-state.js';
import { FeedAnchor, type ServedHead } from '../anchor/feed-anchor.js';
import { isSettled } from '../anchor/judge-anchoring.js';
import { clearAlarm, raiseAlarm } from '../evidence/alarm-file.js';
import { encodeForkEvidence } from '../evidence/fork-evidence.js';
import { ClientError } from '../client-error.js';
import type { DurableFiles } from '../files/durable-files.js';
import type { FileLock } from '../files/file-lock.js';
import { extendHead, requireNotBehind, type KnownHead } from '../log/extend-head.js';
import { openCheckpoint, type VerifiedHead } from '../log/open-checkpoint.js';
import type { ProvenanceFollower } from '../log/provenance.js';
import { proveFork } from '../log/prove-fork.js';
import { StaticLog, type FetchFile } from '../log/static-log.js';
import { FeedDirectory } from '../store/feed-directory.js';
import type { FeedState, TypeState } from '../store/feed-state.js';
import { isFollowed, keptTypes, sameSelection, selectionOf, type Selection } from './pull-selection.js';
import { applyPacks, type ApplyLimits } from './apply-packs.js';
import { fetchPacks, type OpenedPack } from './fetch-packs.js';
import { planPull, typesOf, type TypePlan } from './pull-plan.js';
import { PullClock, type PullTiming } from './pull-timing.js';
import { readRounds } from './read-rounds.js';

/** What a pull needs. */
export interface PullFeedOptions {
  readonly policy: TlogPolicy;
  /** Name of the feed's log: `<hub>/feed/<channel>`. */
  readonly origin: string;
  readonly feed: string;
  /** Fetches files of the feed. */
  readonly fetchFile: FetchFile;
  /** The feed's directory in the store. */
  readonly directory: string;
  readonly files: DurableFiles;
  /** What the feed is held against: the provenance log of the hub of that name. */
  readonly hub: string;
  readonly provenance: ProvenanceFollower;
  /** Types to pull; `all`; or, when not given, those of the last pull (all at the first). */
  readonly types?: readonly string[] | 'all';
  readonly onProgress?: (progress: PullProgress) => void;
  readonly limits?: ApplyLimits;
  /** The reader's clock, Unix milliseconds. */
  readonly now?: () => number;
}

/** How far a pull is. */
export interface PullProgress {
  readonly type: string;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** What a pull did to one type. */
export interface PulledType {
  readonly type: string;
  /** Whether the set was begun anew from a snapshot, since what led on from the one held is no longer served; then `added` counts all of it. */
  readonly anew: boolean;
  /** Records now. */
  readonly records: number;
  /** By the packs that were fetched: what came and went within a rollup is not in it. */
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
  /** How many records left for which reason, by the reason's word. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly packs: number;
  readonly bytes: number;
}

/** What a pull did. */
export interface PullResult {
  readonly feed: string;
  /** False when there was nothing new. */
  readonly changed: boolean;
  /** Leaves of the feed before and after. */
  readonly from: number;
  readonly to: number;
  /**
   * Time of the last round in Unix milliseconds, as the hub wrote and signed it; null before the first. When it does not go
   * on, either nothing happens in the channel or somebody keeps news back.
   */
  readonly asOf: number | null;
  /** The greatest head that the provenance log publishes of this history; null while there is none. */
  readonly anchored: AnchoredHead | null;
  /** Whether all that was taken over is published in the provenance log; if not, it may take five minutes. */
  readonly isAnchored: boolean;
  /** Types that changed. */
  readonly types: readonly PulledType[];
  /** Types of the feed that were not asked for: their sets are not checked, the log's history is. */
  readonly skipped: readonly string[];
  /** Milliseconds that each step took. */
  readonly timing: PullTiming;
}

/**
 * Brings a feed's directory up to date. What arrives is verified in this order, each step before the next is begun: the
 * note under the pinned policy, the history of the log over every new leaf, the feed's heads in the provenance log, each pack's length and digest, its canonical
 * form, the set root. Whatever fails, the committed state stays as it was.
 *
 * @throws ClientError naming what failed
 */
export async function pullFeed(options: PullFeedOptions): Promise<PullResult> {
  const directory = new FeedDirectory(options.directory, options.files);
  const lock = await directory.lock();
  try {
    await options.provenance.requireNoFork();
    await directory.evidence.requireNoFork();
    const state = await directory.readState();
    if (state !== null && state.origin !== options.origin) {
      throw new ClientError('STORE_OF_ANOTHER_LOG', options.directory, `holds the log ${state.origin}`);
    }
    const result = await new Pull(options, directory, lock, state).run();
    await clearAlarm(options.directory);
    return result;
  } catch (error) {
    if (error instanceof ClientError && error.kind === 'alarm') await raiseAlarm(options.directory, error);
    throw error;
  } finally {
    await lock.release();
  }
}

/** One pull of one feed, from the committed state on. */
class Pull {
  private readonly log: StaticLog;
  private readonly selection: Selection;
  private readonly clock = new PullClock();
  private readonly now: () => number;
  private readonly reasons: Record<string, Record<string, number>> = {};

  constructor(
    private readonly options: PullFeedOptions,
    private readonly directory: FeedDirectory,
    private readonly lock: FileLock,
    private readonly state: FeedState | null,
  ) {
    this.log = new StaticLog(`feed ${options.feed}`, options.fetchFile);
    this.selection = selectionOf(options.types, state);
    this.now = options.now ?? Date.now;
  }

  async run(): Promise<PullResult> {
    const head = await this.served();
    try {
      return await this.take(head);
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'PACK_MISSING') throw error;
      // A horizon that was signed since may have passed the pack: then the head that it is in leads round it.
      const grown = await this.served();
      if (grown.size <= head.size) throw error;
      for (const type of Object.keys(this.reasons)) delete this.reasons[type];
      return await this.take(grown);
    }
  }

  private served(): Promise<VerifiedHead> {
    const { policy, origin } = this.options;
    return this.clock.time('checkpoint', async () =>
      openCheckpoint(policy, origin, await this.log.checkpoint()),
    );
  }

  private async take(head: VerifiedHead): Promise<PullResult> {
    const known = this.state === null ? null : knownHead(this.state);
    try {
      if (known !== null) requireNotBehind(this.log.name, known, head);
      if (this.state?.size === head.size && sameSelection(this.selection, this.state.selection)) {
        return await this.keep(this.state, head);
      }
      return await this.update(known, head);
    } catch (error) {
      throw await this.withEvidence(error, head);
    }
  }

  /** Nothing is new but, perhaps, what the provenance log says of what is held. */
  private async keep(state: FeedState, head: VerifiedHead): Promise<PullResult> {
    if (!isSettled(state.anchor, this.now())) {
      const { asOf, logSize } = state;
      const anchor = await this.hold({ head, time: asOf, logSize });
      const next = { ...state, anchor };
      await this.clock.time('commit', () => this.directory.commit(next, this.lock));
      return this.unchanged(next);
    }
    return this.unchanged(state);
  }

  private async update(known: KnownHead | null, head: VerifiedHead): Promise<PullResult> {
    // A type that was not pulled before has its packs in rounds that were passed over.
    const from = isFollowed(this.selection, this.state) ? known!.size : 0;
    const logSize = from === 0 ? null : (this.state?.logSize ?? null);
    const { range, leaves } = await this.clock.time('log', () => extendHead(this.log, known, head, from));
    const rounds = readRounds(this.options.feed, from, leaves, logSize);
    const last = rounds.at(-1)?.round;
    const of = {
      time: last?.time ?? this.state?.asOf ?? null,
      logSize: last?.log.size ?? this.state?.logSize ?? null,
    };
    const anchor = await this.hold({ head, ...of });
    const kept = keptTypes(this.state, this.selection);
    const wanted = (type: string) => this.selection === null || this.selection.includes(type);
    const plans = planPull(this.options.feed, rounds, wanted, headsOf(this.state, kept));
    const types = { ...kept };
    await this.directory.sweep([this.state]);
    try {
      for (const plan of plans) {
        const before = plan.anew ? undefined : kept[plan.type];
        if (plan.packs.length === 0) delete types[plan.type];
        else types[plan.type] = await this.applyPlan(plan, before);
      }
      const next = this.stateAt(head, range.frontier(), types, { ...of, anchor });
      await this.clock.time('commit', () => this.directory.commit(next, this.lock));
      await this.directory.sweep([next]).catch(() => undefined);
      return this.result(next, plans, new Set(rounds.flatMap(({ round }) => typesOf(round))));
    } catch (error) {
      await this.tidyUp().catch(() => undefined);
      throw error;
    }
  }

  /** Holds a head against the provenance log, before anything of it is taken over. */
  private hold(served: Omit<ServedHead, 'known'>): Promise<AnchorState> {
    const { hub: origin, feed, provenance } = this.options;
    const { log, state, now } = this;
    const alarms = new AnchorAlarms({ origin, feed, provenance, log, evidence: this.directory.evidence });
    const known = state === null ? null : { size: state.size, root: fromHex(state.root)! };
    const anchor = new FeedAnchor({ feed, provenance, log, alarms, now });
    return this.clock.time('anchor', () => anchor.hold({ ...served, known }, state?.anchor ?? null));
  }

  /**
   * Removes what a failed pull began. It may have failed between the commit and knowing that it is durable: then both states
   * may come back, and the files of both stay. What cannot be removed now is removed by the next pull.
   */
  private async tidyUp(): Promise<void> {
    await this.directory.sweep([this.state, await this.directory.readState()]);
  }

  private async applyPlan(plan: TypePlan, before: TypeState | undefined): Promise<TypeState> {
    const { files, fetchFile, limits } = this.options;
    const { directory, clock } = this;
    const target = { files, directory, before, commit: this.nextCommit, clock, limits };
    return applyPacks(target, plan, this.counted(plan, fetchPacks(plan.packs, fetchFile)));
  }

  private async *counted(
    plan: TypePlan,
    opened: AsyncIterable<OpenedPack>,
  ): AsyncGenerator<OpenedPack, void, undefined> {
    const totalBytes = sumOf(plan, ({ bytes }) => bytes);
    let bytes = 0;
    for await (const pack of opened) {
      bytes += pack.columns.bytes.length;
      this.countReasons(plan.type, pack.columns.reasons);
      this.options.onProgress?.({ type: plan.type, bytes, totalBytes });
      yield pack;
    }
  }

  private countReasons(type: string, codes: Uint8Array): void {
    const reasons = (this.reasons[type] ??= {});
    for (const code of codes) {
      const name = removalReasonName(code);
      reasons[name] = (reasons[name] ?? 0) + 1;
    }
  }

  private stateAt(
    head: VerifiedHead,
    frontier: Uint8Array,
    types: Record<string, TypeState>,
    of: { time: number | null; logSize: number | null; anchor: AnchorState },
  ): FeedState {
    return {
      feed: this.options.feed,
      origin: this.options.origin,
      note: head.note,
      size: head.size,
      root: toHex(head.root),
      frontier: toHex(frontier),
      selection: this.selection,
      commits: this.nextCommit,
      updatedAt: this.now(),
      asOf: of.time,
      logSize: of.logSize,
      types,
      anchor: of.anchor,
    };
  }

  private get nextCommit(): number {
    return (this.state?.commits ?? 0) + 1;
  }

  private async withEvidence(error: unknown, head: VerifiedHead): Promise<unknown> {
    if (!(error instanceof ClientError) || this.state === null) return error;
    const ofFeed = error.subject === this.log.name;
    if (!ofFeed || (error.code !== 'LOG_FORK' && error.code !== 'LOG_MISMATCH')) return error;
    const kind = error.code === 'LOG_FORK' ? 'fork' : 'mismatch';
    const { hub, origin: log } = this.options;
    const { note } = this.state;
    // A fork that the leaves show is one, even if the tiles do not serve to show it to others.
    const fork =
      kind === 'fork' ? await proveFork(this.log.tiles(head.size), knownHead(this.state), head) : null;
    const [first, second] = [{ note }, { note: head.note }];
    const file = encodeForkEvidence({ origin: hub, log, first, second, fork, seen: this.now() });
    const path = await this.directory.evidence.keep(kind, `${note}\0${head.note}`, file);
    return new ClientError(error.code, error.subject, `${error.reason}; both notes are kept in ${path}`, {
      cause: error,
    });
  }

  private unchanged({ size, asOf, anchor }: FeedState): PullResult {
    const { feed } = this.options;
    const timing = this.clock.timing();
    const anchoring = anchoringOf(anchor);
    return { feed, changed: false, from: size, to: size, asOf, ...anchoring, types: [], skipped: [], timing };
  }

  private result(
    { feed, size, asOf, anchor }: FeedState,
    plans: readonly TypePlan[],
    seen: ReadonlySet<string>,
  ): PullResult {
    const { selection } = this;
    return {
      feed,
      changed: true,
      from: this.state?.size ?? 0,
      to: size,
      asOf,
      ...anchoringOf(anchor),
      types: plans.map((plan) => summary(plan, this.reasons[plan.type])),
      skipped: selection === null ? [] : [...seen].filter((type) => !selection.includes(type)).sort(),
      timing: this.clock.timing(),
    };
  }
}

function knownHead({ size, root, frontier }: FeedState): KnownHead {
  return { size, root: fromHex(root)!, frontier: fromHex(frontier)! };
}

function anchoringOf(anchor: AnchorState | null): Pick<PullResult, 'anchored' | 'isAnchored'> {
  return { anchored: anchor?.anchored ?? null, isAnchored: anchor !== null && anchor.pending.length === 0 };
}

function headsOf(state: FeedState | null, kept: Record<string, TypeState>): Map<string, TypeStanding> {
  const heads = Object.entries(kept).map(
    ([type, { count, root }]) => [type, { size: state!.size, count, root }] as const,
  );
  return new Map(heads);
}

function summary(plan: TypePlan, reasons: Record<string, number> = {}): PulledType {
  return {
    type: plan.type,
    anew: plan.anew,
    records: plan.count,
    added: sumOf(plan, ({ added }) => added),
    updated: sumOf(plan, ({ updated }) => updated),
    removed: sumOf(plan, ({ removed }) => removed),
    reasons,
    packs: plan.packs.length,
    bytes: sumOf(plan, ({ bytes }) => bytes),
  };
}

function sumOf({ packs }: TypePlan, amount: (announced: RoundPack) => number): number {
  return packs.reduce((sum, { announced }) => sum + amount(announced), 0);
}
