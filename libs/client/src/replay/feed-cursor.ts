import type { Round, RoundPack } from '#libs/protocol';
import type { FetchFile } from '../log/static-log.js';
import { readRounds } from '../pull/read-rounds.js';
import { FeedAnchors } from './feed-anchors.js';
import type { FeedProgress } from './gather-state.js';
import { isUnread } from './horizon-gaps.js';
import type { OnMissingPack } from './missing-pack.js';
import type { CopiedLeaf, LogCopy } from '../log/log-copy.js';

/** A round that was read, and what has been asked for of its packs. */
export interface NextRound {
  readonly index: number;
  readonly round: Round;
  /** Where the one after it begins in the copy. */
  readonly next: number;
}

/** Packs of a round that are fetched before it is its turn. */
const AHEAD = 2;

/** Reads the rounds of one feed in order, with their packs. */
export class FeedCursor {
  private readonly rounds: AsyncGenerator<CopiedLeaf, void, undefined>;
  readonly anchors: FeedAnchors;
  private readonly ahead = new Map<RoundPack, Promise<Uint8Array | null>>();
  private peeked: NextRound | null | undefined;

  constructor(
    readonly feed: string,
    copy: LogCopy,
    readonly progress: FeedProgress,
    private readonly fetchFile: FetchFile,
    private readonly onMissing: OnMissingPack,
  ) {
    this.rounds = copy.leaves(progress.rounds, progress.offset);
    this.anchors = new FeedAnchors(feed, copy, progress);
  }

  /** The next round, which stays to be taken; null at the end. @throws ClientError `ROUND_INVALID`, … */
  async peek(): Promise<NextRound | null> {
    if (this.peeked !== undefined) return this.peeked;
    const { value } = await this.rounds.next();
    this.peeked = value === undefined ? null : this.read(value);
    return this.peeked;
  }

  /** That the peeked round has been worked on. */
  take({ index, round, next }: NextRound): void {
    this.progress.rounds = index + 1;
    this.progress.offset = next;
    this.progress.logSize = round.log.size;
    this.peeked = undefined;
  }

  /**
   * The bytes of a pack of a type that the leaf at an index announces; null when the hub does not serve them and should.
   *
   * @throws ClientError `FEED_BEGAN_ANEW` when a horizon has passed them since the copy was made
   */
  async pack(
    announced: RoundPack,
    { subject, type, index }: { readonly subject: string; readonly type: string; readonly index: number },
  ): Promise<Uint8Array | null> {
    const fetched = this.ahead.get(announced) ?? this.fetchPack(announced, subject);
    this.ahead.delete(announced);
    const bytes = await fetched;
    if (bytes === null) await this.onMissing(type, index);
    return bytes;
  }

  async close(): Promise<void> {
    await this.rounds.return();
    await this.anchors.close();
    await Promise.allSettled(this.ahead.values());
  }

  private read({ index, leaf, next }: CopiedLeaf): NextRound {
    const { logSize } = this.progress;
    const [{ round } = { round: null }] = readRounds(this.feed, index, [leaf], logSize);
    this.prefetch(round!, index);
    return { index, round: round!, next };
  }

  private prefetch(round: Round, index: number): void {
    if (round.kind !== 'round') return;
    const read = round.changes.filter(({ type }) => !isUnread(this.progress.gaps, type, index));
    for (const announced of read.flatMap(({ packs }) => packs).slice(0, AHEAD)) {
      const fetched = this.fetchPack(announced, `feed ${this.feed}, round ${index}`);
      // Whoever awaits it hears of the failure.
      fetched.catch(() => undefined);
      this.ahead.set(announced, fetched);
    }
  }

  private fetchPack({ digest, bytes }: RoundPack, subject: string): Promise<Uint8Array | null> {
    return this.fetchFile(`pack/${digest}`, { maxBytes: bytes, subject, oversize: 'PACK_LENGTH' });
  }
}
