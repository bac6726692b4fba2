import type { Tx } from '#libs/platform';
import {
  signalTypeByName,
  type Change,
  type Round,
  type RoundPack,
  type RoundTypeChange,
} from '#libs/protocol';
import { EMPTY_SET_ROOT, type FeedHead, type FeedReader } from './feed-reader.js';
import { FoldWindow } from './fold-window.js';
import { typeHorizon } from './horizon/type-horizon.js';

/** Which part of which delta is asked for. */
export interface DeltaRange {
  head: FeedHead;
  /** Name of the signal type. */
  type: string;
  /** Rounds that the reader has applied. */
  from: number;
  /** Rounds after the delta; fixed by its first page. */
  to: number;
  /** Last key of the page before; null to begin. */
  after: Uint8Array | null;
  /** Most changes of the page. */
  limit: number;
}

/** A page of a delta. */
export interface DeltaPart {
  changes: readonly Change[];
  /** Last key, to be given for the next page; null when this page is the last. */
  next: Uint8Array | null;
}

/** Room of the last and largest window tried for one page. */
const MOST_ROOM = 65_536;

/** Folds the packs between two sizes of a feed, page by page in order of key. */
export class FeedDeltaReader {
  constructor(private readonly feeds: FeedReader) {}

  /**
   * One page of the fold. It depends on the arguments alone, not on what the feed has grown to since, so pages fit together while new
   * rounds arrive. A page can hold fewer changes than asked for, and none, without being the last: where keys came and went.
   *
   * @returns null when packs that it would fold are below the horizon
   */
  async page(tx: Tx, range: DeltaRange): Promise<DeltaPart | null> {
    const packs = await this.namedPacks(tx, range);
    if (packs === null) return null;
    for (let room = range.limit; ; room *= 8) {
      const window = await this.fold(tx, range, packs, Math.min(room, MOST_ROOM));
      const full = window.changes.length >= range.limit;
      if (full || window.upTo === null || room >= MOST_ROOM) return cut(window, range.limit);
    }
  }

  /** Set root of the type after `to` leaves, hex. */
  async setRoot(tx: Tx, { head, type, from, to }: DeltaRange): Promise<string> {
    const changed = await this.lastRoot(tx, head, type, from, to);
    if (changed !== null) return changed;
    // Nothing changed since `from`. The sets at the head are at hand; of what a reader asked for longer ago, the leaves tell.
    if (to < head.size) return (await this.lastRoot(tx, head, type, 0, to)) ?? EMPTY_SET_ROOT;
    const [sets] = await this.feeds.sets(tx, [head]);
    return sets!.find((set) => set.type === type)?.root ?? EMPTY_SET_ROOT;
  }

  private async lastRoot(
    tx: Tx,
    head: FeedHead,
    type: string,
    from: number,
    to: number,
  ): Promise<string | null> {
    let root: string | null = null;
    for await (const leaf of this.feeds.rounds.read(tx, head.channel, from, to))
      root = changeOf(leaf, type)?.root ?? root;
    return root;
  }

  private async fold(
    tx: Tx,
    { head, type, after }: DeltaRange,
    packs: readonly RoundPack[],
    room: number,
  ): Promise<FoldWindow> {
    const window = new FoldWindow(after, room);
    for await (const pack of this.feeds.packs.open(tx, head.channelId, type, packs)) window.add(pack);
    return window;
  }

  /** The packs that lead from one size to the other; null when some of them are below the horizon. */
  private async namedPacks(
    tx: Tx,
    { head, type, from, to }: Pick<DeltaRange, 'head' | 'type' | 'from' | 'to'>,
  ): Promise<RoundPack[] | null> {
    const horizon = await typeHorizon(tx, head.channelId, signalTypeByName(type)!.code, head.size);
    // Who has nothing begins with the snapshot.
    const begin = from === 0 && to > horizon ? horizon : from;
    const named: RoundPack[] = [];
    let index = begin;
    for await (const leaf of this.feeds.rounds.read(tx, head.channel, begin, to)) {
      const isSnapshot = from === 0 && horizon > 0 && index === horizon && leaf.kind === 'snapshot';
      const packs = (isSnapshot ? leaf.changes[0] : changeOf(leaf, type))?.packs ?? [];
      if (packs.length > 0 && index < horizon) return null;
      named.push(...packs);
      index += 1;
    }
    return named;
  }
}

/** What a round says of a type. */
function changeOf(leaf: Round, type: string): RoundTypeChange | undefined {
  return leaf.kind === 'round' ? leaf.changes.find((change) => change.type === type) : undefined;
}

function cut(window: FoldWindow, limit: number): DeltaPart {
  const changes = window.changes.slice(0, limit);
  const more = window.changes.length > limit;
  return { changes, next: more ? changes.at(-1)!.key : window.upTo };
}
