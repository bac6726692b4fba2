import { fromHex, toHex } from '#libs/protocol';
import { equalBytes, type TreeHead } from '#libs/tlog';
import { ClientError } from '../client-error.js';
import { cachedTiles } from '../log/cached-tiles.js';
import type { VerifiedHead } from '../log/open-checkpoint.js';
import type { ProvenanceFollower } from '../log/provenance.js';
import type { StaticLog } from '../log/static-log.js';
import type { AnchorState } from './anchor-state.js';
import type { AnchorAlarms } from './anchor-alarms.js';
import { judgeAnchoring, type AheadHead, type PendingHead } from './judge-anchoring.js';
import { readEnd, readWindow, type LogWindow, type PublishedHead } from './published-heads.js';
import { isExtension } from '../log/same-history.js';

/** The head of a feed that is to be taken over, or is held already. */
export interface ServedHead {
  readonly head: VerifiedHead;
  /** Time of its last round, Unix milliseconds, and size of the provenance log that the round names; null without rounds. */
  readonly time: number | null;
  readonly logSize: number | null;
  /** The head that the store holds; null for none. */
  readonly known: TreeHead | null;
}

/** What a feed is held against. */
export interface FeedAnchorOptions {
  /** Channel. */
  readonly feed: string;
  readonly provenance: ProvenanceFollower;
  /** The feed's own log. */
  readonly log: StaticLog;
  readonly alarms: AnchorAlarms;
  readonly now: () => number;
}

/** What the statements of a part of the log came to. */
interface Compared {
  /** The greatest published head that is of the feed's history. */
  readonly best: PublishedHead | null;
  /** The first published head that is greater than the served one. */
  readonly firstAhead: PublishedHead | null;
}

/** After so many new leaves a reader begins anew at the end of the log: somebody who was away for long needs not read all of it. */
const MOST_NEW_LEAVES = 65_536;
/** Heads that wait are thinned out above this: a later one that is overdue says no less. */
const MOST_PENDING = 8;

/** Holds the heads of one feed against what the provenance log publishes of it (docs/protocol-feed.md, "Anchoring"). */
export class FeedAnchor {
  constructor(private readonly options: FeedAnchorOptions) {}

  /**
   * Follows the log, and compares what it newly says of the feed with the head served.
   *
   * @param before  what the store knew; null at first
   * @returns what the store knows then
   * @throws ClientError `FEED_FORK`, `FEED_UNANCHORED`, `FEED_KEPT_BACK` with evidence kept; `PROOF_REJECTED`, or as following the log does
   */
  async hold(served: ServedHead, before: AnchorState | null): Promise<AnchorState> {
    const { provenance, alarms } = this.options;
    const now = this.options.now();
    const log = await provenance.follow(before === null ? null : headOf(before.log));
    if (log.size === 0) throw new ClientError('LOG_GAP', provenance.log.name, 'has not even a first leaf');
    const window = await this.readLog(log, served, before);
    const { best, firstAhead } = await this.compare(window, served, log);
    const logTime = window.time ?? before?.logTime ?? null;
    const ahead = firstAhead === null ? null : aheadOf(firstAhead, before, now);
    const { alarm, ...judged } = judgeAnchoring({
      ...{ now, logTime, ahead },
      covered: best?.size ?? 0,
      pending: await this.pendingHeads(served, before, window, now),
      aheadKnown: ahead !== null && before !== null && ahead.index < before.log.size,
    });
    if (alarm?.kind === 'unanchored') throw await alarms.unanchored(alarm.head, log, now);
    if (alarm?.kind === 'kept-back') throw await alarms.keptBack(alarm.head, served.head, log, now);
    return {
      log: { size: log.size, root: toHex(log.root), note: log.note },
      read: firstAhead?.index ?? log.size,
      ...{ logTime, followedAt: now, ...judged },
      anchored: anchoredBy(best, before?.anchored ?? null),
    };
  }

  private readLog(log: VerifiedHead, served: ServedHead, before: AnchorState | null): Promise<LogWindow> {
    const { provenance, feed } = this.options;
    // The leaves before are what the last round was derived from: none of them can publish it.
    const mark = Math.max(0, (served.logSize ?? 0) - 1);
    const from = Math.min(before?.read ?? mark, log.size);
    const wanted = { feed, mark };
    const follows = before !== null && log.size - from <= MOST_NEW_LEAVES;
    return follows
      ? readWindow(provenance.log, log, from, wanted)
      : readEnd(provenance.log, log, from, wanted);
  }

  private async compare(
    { heads }: LogWindow,
    { head, known }: ServedHead,
    log: VerifiedHead,
  ): Promise<Compared> {
    const { alarms } = this.options;
    const tiles = cachedTiles(this.options.log.tiles(head.size));
    let best: PublishedHead | null = null;
    const ahead: PublishedHead[] = [];
    for (const published of heads) {
      if (await alarms.isAccepted(published)) continue;
      if (published.size > head.size) ahead.push(published);
      else if (isHead(published, known) || (await isExtension(tiles, treeHead(published), head))) {
        if (published.size > (best?.size ?? 0)) best = published;
      } else throw await alarms.contradicted(published, head, log);
    }
    const [firstAhead = null] = ahead;
    const greatest = firstAhead && ahead.reduce((a, b) => (b.size > a.size ? b : a));
    if (greatest !== null && (await this.leadsTo(greatest, head, log))) best = greatest;
    return { best, firstAhead };
  }

  /** Whether the head served is proved to be the past of a greater one; a feed that does not serve that one yet shows nothing. */
  private async leadsTo(published: PublishedHead, head: VerifiedHead, log: VerifiedHead): Promise<boolean> {
    const tiles = this.options.log.tiles(published.size);
    if (head.size > 0 && (await isExtension(tiles, head, treeHead(published)))) return true;
    const fork = head.size > 0 ? await this.options.alarms.forkAhead(published, head, log) : null;
    if (fork !== null) throw fork;
    return false;
  }

  private async pendingHeads(
    { head, known, time }: ServedHead,
    before: AnchorState | null,
    { markTime }: LogWindow,
    now: number,
  ): Promise<PendingHead[]> {
    const pending: PendingHead[] = [];
    const isNew = before === null || known?.size !== head.size;
    // A clock of the hub that was set back does not date a round before the leaves that it was derived from.
    const from = time === null ? null : Math.max(time, markTime ?? before?.logTime ?? 0);
    const added = isNew && head.size > 0 ? [{ ...writtenHead(head), time: from, seen: now }] : [];
    for (const waiting of [...(before?.pending ?? []), ...added])
      if (!(await this.options.alarms.isAcceptedHead(waiting))) pending.push(waiting);
    if (pending.length > MOST_PENDING) pending.splice(-2, 1);
    return pending;
  }
}

function aheadOf(
  { size, root, index, time, leaf }: PublishedHead,
  before: AnchorState | null,
  now: number,
): AheadHead {
  if (before?.ahead?.index === index) return before.ahead;
  const seen = before !== null && index < before.log.size ? before.followedAt : now;
  return { size, root, index, time, leaf, seen };
}

/** The first statement that published a head stays its anchor, however often it is published again: it says since when. */
function anchoredBy(best: PublishedHead | null, known: AnchorState['anchored']): AnchorState['anchored'] {
  if (best === null || (known !== null && known.size >= best.size)) return known;
  const { size, root, index, time } = best;
  return { size, root, index, time };
}

function isHead({ size, root }: PublishedHead, head: TreeHead | null): boolean {
  return head !== null && head.size === size && equalBytes(head.root, fromHex(root)!);
}

function treeHead({ size, root }: PublishedHead): TreeHead {
  return { size, root: fromHex(root)! };
}

function writtenHead({ size, root, note }: VerifiedHead): { size: number; root: string; note: string } {
  return { size, root: toHex(root), note };
}

function headOf({ size, root, note }: AnchorState['log']): VerifiedHead {
  return { size, root: fromHex(root)!, note };
}
