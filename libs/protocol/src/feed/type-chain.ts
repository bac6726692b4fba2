import { emptySubtreeHash, SET_TREE_HEIGHT } from './empty-subtree.js';
import { PackError } from './pack-error.js';
import type { RollupWindow } from './rollup-windows.js';
import type { RoundPack, RoundTypeChange } from './round.js';
import { toHex } from '../hex.js';

/** Where the set of one type stands. */
export interface TypeStanding {
  /** Leaves of the feed that are applied. */
  readonly size: number;
  readonly count: number;
  /** Set root, hex. */
  readonly root: string;
}

/** Packs that lead a set from one standing to another: of a round, of a rollup in place of several, or of a snapshot in place of all. */
export interface ChainLink {
  /** Index of the leaf that announces them. */
  readonly index: number;
  readonly kind: 'round' | 'rollup' | 'snapshot';
  readonly packs: readonly RoundPack[];
  /** Root that the first of them applies to, hex. */
  readonly root: string;
}

/** What leads from the start to the end. */
export interface TypeCover {
  /** Whether the set at the start is given up, because what would lead on from it is no longer served: the first link begins with the empty set. */
  readonly anew: boolean;
  /** In the order in which they apply. */
  readonly links: readonly ChainLink[];
}

/** Changed rounds that a link leads over: from so many, or from nothing, to so many. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly link: ChainLink;
}

/** Where a snapshot leads from: the empty set. */
const NOTHING = -1;
const EMPTY_ROOT = toHex(emptySubtreeHash(SET_TREE_HEIGHT));

/** The least that leads to a standing. */
interface Way {
  readonly packs: number;
  readonly bytes: number;
  readonly last: Span | null;
}

/**
 * What the leaves of a feed say of one type after a standing, leaf by leaf, and the cheapest packs that lead to the end of them: the fewest, of as many
 * those with the fewest bytes. What is below the horizon is not served, so it is not among them.
 */
export class TypeChain {
  /** Standings after each round that changes the type, the first one before all. */
  private readonly standings: TypeStanding[];
  private readonly spans: Span[] = [];
  private horizon = 0;
  /** Index of the last snapshot; null when there was none. */
  private snapshot: number | null = null;

  /**
   * @param start  where the set stands that packs are to be applied to
   * @param firstIndex  of the leaves that are given
   */
  constructor(
    start: TypeStanding,
    private readonly firstIndex = 0,
  ) {
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
    if (from < this.horizon)
      throw new PackError('wrong-rollup', 'rollup: it begins below the horizon of the type');
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

  /**
   * Takes a snapshot of the type; all rounds before it must have been taken.
   *
   * @throws PackError `wrong-snapshot` when it is not of the set that the rounds lead to
   */
  addSnapshot(index: number, { packs, count, root }: RoundTypeChange): void {
    if (index < this.standings[0]!.size) return;
    this.snapshot = index;
    const at = this.positionAt(index);
    const standing = this.standings[at]!;
    if (standing.count !== count || standing.root !== root)
      throw new PackError(
        'wrong-snapshot',
        'snapshot: its count or root is not the one that the rounds lead to',
      );
    this.spans.push({ from: NOTHING, to: at, link: { index, kind: 'snapshot', packs, root: EMPTY_ROOT } });
  }

  /**
   * Takes from where on packs of the type are served; all leaves before it must have been taken.
   *
   * @throws PackError `wrong-horizon` when the leaf before it is no snapshot of the type, or not the one that it is at
   */
  addHorizon(index: number, size: number): void {
    // A rollup between them could bring back what is to go.
    if (size !== index - 1)
      throw new PackError('wrong-horizon', 'horizon: it is not at the leaf right before it');
    this.horizon = size;
    if (size < Math.max(this.firstIndex, this.standings[0]!.size)) return;
    if (this.snapshot !== size)
      throw new PackError('wrong-horizon', 'horizon: there is no snapshot of the type at it');
  }

  /**
   * The cheapest way to the end: from the start, or, when none leads there any more, from nothing.
   *
   * @throws PackError `wrong-horizon` when no snapshot is served in place of what is not
   */
  cover(): TypeCover {
    const { count, root } = this.standings[0]!;
    const begin = count === 0 && root === EMPTY_ROOT ? [0, NOTHING] : [0];
    const links = this.linksFrom(begin);
    if (links !== null) return { anew: false, links };
    const anew = this.linksFrom([NOTHING]);
    if (anew !== null) return { anew: true, links: anew };
    throw new PackError('wrong-horizon', 'horizon: nothing that is served leads to the set');
  }

  /** The cheapest links from one of those positions to the end; null when there are none. */
  private linksFrom(begin: readonly number[]): ChainLink[] | null {
    const ways = new Map<number, Way>(begin.map((at) => [at, { packs: 0, bytes: 0, last: null }]));
    const served = this.spans.filter(({ link }) => link.index >= this.horizon);
    // A position is reached from positions before it only.
    for (const span of served.sort((a, b) => a.to - b.to)) {
      const [from, known] = [ways.get(span.from), ways.get(span.to)];
      if (from === undefined) continue;
      const way = extended(from, span);
      if (known === undefined || isCheaper(way, known)) ways.set(span.to, way);
    }
    let way = ways.get(this.standings.length - 1);
    if (way === undefined) return null;
    const links: ChainLink[] = [];
    for (; way.last !== null; way = ways.get(way.last.from)!) links.push(way.last.link);
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
