import { fromHex, toHex, type PublishedStatement } from '#libs/protocol';
import { CompactRange, equalBytes, leafHash } from '#libs/tlog';
import { difference, type Difference } from './difference.js';
import type { FeedProgress } from './gather-state.js';
import type { CopiedLeaf, LogCopy } from '../log/log-copy.js';

type NamedHead = PublishedStatement['feeds'][number];

/** Holds the heads of one feed that `published` statements name to the feed as it is served. */
export class FeedAnchors {
  private readonly rounds: AsyncGenerator<CopiedLeaf, void, undefined>;
  private readonly range: CompactRange;

  constructor(
    private readonly feed: string,
    private readonly copy: LogCopy,
    private readonly progress: Pick<FeedProgress, 'anchor'>,
  ) {
    const { anchor } = progress;
    this.rounds = copy.leaves(anchor.size, anchor.offset);
    this.range = CompactRange.restore(anchor.size, fromHex(anchor.frontier)!);
  }

  /** What is wrong with a head that the statement at `index` names; null when the feed had just that head. */
  async check({ size, root }: NamedHead, index: number): Promise<Difference | null> {
    const { anchor } = this.progress;
    const wrong = (detail: string): Difference =>
      difference('wrong_anchor', detail, { feed: this.feed, index });
    if (size < anchor.size) return wrong('names an earlier head of the feed than the statement before');
    if (size > this.copy.size) return wrong('names more rounds than the feed has: some are hidden');
    while (this.range.size < size) {
      const { value } = await this.rounds.next();
      this.range.append(leafHash(value!.leaf));
      anchor.offset = value!.next;
    }
    anchor.size = size;
    anchor.frontier = toHex(this.range.frontier());
    const same = equalBytes(this.range.root(), fromHex(root)!);
    return same ? null : wrong('names another root than the feed had at that size');
  }

  async close(): Promise<void> {
    await this.rounds.return();
  }
}
