import { PackError } from './pack-error.js';
import type { RollupWindow } from './rollup-windows.js';
import type { RoundPack, RoundTypeChange } from './round.js';

/** Where the set of one type stands. */
export interface TypeStanding {
  /** Leaves of the feed that are applied. */
  readonly size: number;
  readonly count: number;
  /** Set root, hex. */
  readonly root: string;
}

/** Packs that lead a set from one standing to another: those of a round, or those of a rollup in place of several rounds. */
export interface ChainLink {
  /** Index of the leaf that announces them. */
  readonly index: number;
  readonly kind: 'round' | 'rollup';
  readonly packs: readonly RoundPack[];
  /** Root that the first of them applies to, hex. */
  readonly root: string;
}

/** Changed rounds that a link leads over: from so many to so many. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly link: ChainLink;
}

/** The least that leads to a standing. */
interface Way {
  readonly packs: number;
  readonly bytes: number;
  readonly last: Span | null;
}

/**
 * What the leaves of a feed say of one type after a standing, leaf by leaf, and the cheapest packs that lead to the end of them: the fewest, of as many
 * those with the fewest bytes.
 */
export class TypeChain {
  /** Standings after each round that changes the type, the first one before all. */
  private readonly standings: TypeStanding[];
  private readonly spans: Span[] = [];

  /** @param start  where the set stands that packs are to be applied to */
  constructor(start: TypeStanding) {
    this.standings = [start];
  }

  /** After all rounds so far; its size is that of the last one that changes the type. */
  get end(): TypeStanding {
    return this.standings.at(-1)!;
  }

  /**
   * Takes a round that changes the type, in order of index. Those below the start are passed over.
   *
   * @throws PackError `inconsistent-round` when its counts do not follow from the round before
   */
  addRound(index: number, { packs, count, root }: RoundTypeChange): void {
    const [start, at] = [this.standings[0]!, this.standings.length];
    if (index < start.size) return;
    if (countBefore(packs[0]!) !== this.end.count)
      throw new PackError('inconsistent-round', 'round: its count does not follow from the one before');
    this.spans.push({ from: at - 1, to: at, link: { index, kind: 'round', packs, root: this.end.root } });
    this.standings.push({ size: index + 1, count, root });
  }

  /**
   * Takes what a rollup says of the type; all rounds below its `to` must have been taken. It can be applied if it begins at the start or after it, and
   * is held to the rounds as far as they are known.
   *
   * @throws PackError `wrong-rollup` when it does not lead where the rounds lead, or changes what they leave
   */
  addRollup(index: number, { from, to }: RollupWindow, { packs, count, root }: RoundTypeChange): void {
    const start = this.standings[0]!;
    if (to < start.size) return;
    const after = this.positionAt(to);
    const end = this.standings[after]!;
    if (end.count !== count || end.root !== root)
      throw new PackError('wrong-rollup', 'rollup: its count or root is not the one that the rounds lead to');
    if (from < start.size) return;
    const before = this.positionAt(from);
    const begin = this.standings[before]!;
    if (before === after)
      throw new PackError('wrong-rollup', 'rollup: it changes a type that no round of it changes');
    if (countBefore(packs[0]!) !== begin.count)
      throw new PackError('wrong-rollup', 'rollup: its count does not follow from the round before it');
    this.spans.push({ from: before, to: after, link: { index, kind: 'rollup', packs, root: begin.root } });
  }

  /** The cheapest links from the start to the end, in the order in which they apply. */
  cover(): ChainLink[] {
    const ways: Way[] = [{ packs: 0, bytes: 0, last: null }];
    // Every position is reached by its round at least, and only from positions before it.
    const spans = this.spans.toSorted((a, b) => a.to - b.to);
    for (const span of spans) {
      const way = extended(ways[span.from]!, span);
      const known = ways[span.to];
      if (known === undefined || isCheaper(way, known)) ways[span.to] = way;
    }
    const links: ChainLink[] = [];
    for (let at = this.standings.length - 1; at > 0;) {
      const { from, link } = ways[at]!.last!;
      links.push(link);
      at = from;
    }
    return links.reverse();
  }

  /** How many of the rounds that change the type are below a size. */
  private positionAt(size: number): number {
    let [low, high] = [0, this.standings.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.standings[middle]!.size <= size) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function countBefore({ count, added, removed }: RoundPack): number {
  return count - added + removed;
}

function extended({ packs, bytes }: Way, span: Span): Way {
  const more = span.link.packs.reduce((sum, pack) => sum + pack.bytes, 0);
  return { packs: packs + span.link.packs.length, bytes: bytes + more, last: span };
}

function isCheaper(a: Way, b: Way): boolean {
  return a.packs < b.packs || (a.packs === b.packs && a.bytes < b.bytes);
}
