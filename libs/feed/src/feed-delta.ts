import type { Tx } from '#libs/platform';
import type { Change, RoundPack } from '#libs/protocol';
import { EMPTY_SET_ROOT, type FeedHead, type FeedReader } from './feed-reader.js';
import { FoldWindow } from './fold-window.js';

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
   */
  async page(tx: Tx, range: DeltaRange): Promise<DeltaPart> {
    const packs = await this.namedPacks(tx, range);
    for (let room = range.limit; ; room *= 8) {
      const window = await this.fold(tx, range, packs, Math.min(room, MOST_ROOM));
      const full = window.changes.length >= range.limit;
      if (full || window.upTo === null || room >= MOST_ROOM) return cut(window, range.limit);
    }
  }

  /** Set root of the type after `to` rounds, hex. */
  async setRoot(tx: Tx, { head, type, from, to }: DeltaRange): Promise<string> {
    const packs = await this.namedPacks(tx, { head, type, from, to });
    const last = packs.at(-1);
    if (last !== undefined) return last.root;
    // Nothing changed since `from`: the set is the one at the head that `to` was fixed by.
    const [sets] = await this.feeds.sets(tx, [{ ...head, size: to }]);
    return sets!.find((set) => set.type === type)?.root ?? EMPTY_SET_ROOT;
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

  private async namedPacks(
    tx: Tx,
    { head, type, from, to }: Pick<DeltaRange, 'head' | 'type' | 'from' | 'to'>,
  ): Promise<RoundPack[]> {
    const named: RoundPack[] = [];
    for await (const round of this.feeds.rounds.read(tx, head.channel, from, to)) {
      const change = round.kind === 'round' ? round.changes.find((c) => c.type === type) : undefined;
      named.push(...(change?.packs ?? []));
    }
    return named;
  }
}

function cut(window: FoldWindow, limit: number): DeltaPart {
  const changes = window.changes.slice(0, limit);
  const more = window.changes.length > limit;
  return { changes, next: more ? changes.at(-1)!.key : window.upTo };
}
