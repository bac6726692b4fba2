import { Inject, Injectable } from '@nestjs/common';
import { SealedCursors, type CursorScope } from '#libs/access';
import { FeedDeltaReader, FeedReader, recordFeedAccess, type DeltaRange, type FeedHead } from '#libs/feed';
import { findChannelAccess, type ChannelAccess, type MemberStanding } from '#libs/membership';
import { CONFIG, Database, type Config, type Tx } from '#libs/platform';
import { fromHex, signalTypeByName, toHex, type Change, type SignalType } from '#libs/protocol';
import { invalidCursor, notFound, type InvalidCursor, type NotFound } from '../graphql/failure.types.js';
import { isName } from '../graphql/is-name.js';
import { requireFirst } from '../graphql/page.types.js';
import { HUB_KEYS, type HubKeys } from '../hub-keys.js';
import { authorCodes, toFeedChanges, type CodeBook } from './feed-changes.js';
import type { FeedChange, FeedReset, FeedResetCode } from './feed-delta.types.js';
import { signFeedPage, type DeltaPageView } from './feed-page.js';

/** What a caller asks for. */
export interface DeltaQuery {
  feed: string;
  type: string;
  /** Size of the feed that the caller has applied. */
  after: number;
  first: number;
  cursor?: string | undefined;
}

/** Where a delta has got to. */
interface DeltaPlace {
  to: number;
  page: number;
  after: Uint8Array | null;
}

const MOST_CHANGES = 1000;

/** `after` with which a reader begins anew: the first page of a delta from nothing begins with what stands for all that was deleted. */
const BEGIN = 0;

/** Pages of feed deltas for readers that know nothing of packs. */
@Injectable()
export class FeedDeltaService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(FeedReader) private readonly feeds: FeedReader,
    @Inject(FeedDeltaReader) private readonly deltas: FeedDeltaReader,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
    @Inject(HUB_KEYS) private readonly keys: HubKeys,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws ApiError `BAD_USER_INPUT` */
  async page(
    member: MemberStanding,
    query: DeltaQuery,
  ): Promise<DeltaPageView | FeedReset | NotFound | InvalidCursor> {
    requireFirst(query.first, MOST_CHANGES);
    const type = signalTypeByName(query.type);
    if (type === undefined || !isName(query.feed)) return notFound();
    const page = await this.find(member, query, type);
    if (page.__typename === 'FeedDeltaPage') await this.record(member, type, page);
    return page;
  }

  private find(
    member: MemberStanding,
    query: DeltaQuery,
    type: SignalType,
  ): Promise<DeltaPageView | FeedReset | NotFound | InvalidCursor> {
    return this.database.read('read-feed-delta', `member:${member.id}`, async (tx) => {
      const access = await findChannelAccess(tx, member.id, query.feed);
      const head = access?.receive ? await this.feeds.head(tx, query.feed) : null;
      if (access === null || head === null) return notFound();
      if (query.after > head.size) return aheadOfFeed();
      const scope = cursorScope(member, query);
      const place = this.place(scope, query, head);
      return place === null ? invalidCursor() : this.read(tx, scope, access, head, type, query, place);
    });
  }

  /** A page between equal sizes brings nothing. */
  private async record({ member }: MemberStanding, type: SignalType, page: DeltaPageView): Promise<void> {
    const { feed: channel, from, to } = page;
    if (from === to) return;
    const range = { way: 'delta', typeCode: type.code, from, to, until: null } as const;
    await recordFeedAccess(this.database, [{ member, channel, ...range }]);
  }

  /** The page as a compact JWS. */
  sign(page: DeltaPageView): Promise<string> {
    return signFeedPage(page, this.config.origin, this.keys.promise, Date.now());
  }

  /** The first page fixes how far the delta goes; the cursor carries it on. */
  private place(scope: CursorScope, { cursor }: DeltaQuery, head: FeedHead): DeltaPlace | null {
    if (cursor === undefined) return { to: head.size, page: 0, after: null };
    const [to, page, after] = this.cursors.open(scope, cursor) ?? [];
    if (typeof to !== 'number' || typeof page !== 'number' || typeof after !== 'string') return null;
    return { to, page, after: fromHex(after) };
  }

  private async read(
    tx: Tx,
    scope: CursorScope,
    access: ChannelAccess,
    head: FeedHead,
    type: SignalType,
    { after: from, first: limit }: DeltaQuery,
    { to, page, after }: DeltaPlace,
  ): Promise<DeltaPageView | FeedReset> {
    const range: DeltaRange = { head, type: type.name, from, to, after, limit };
    const part = await this.deltas.page(tx, range);
    if (part === null) return belowHorizon();
    const { changes, next } = part;
    const cursor = next === null ? null : this.cursors.seal(scope, [to, page + 1, toHex(next)]);
    const setRoot = next === null ? await this.deltas.setRoot(tx, range) : null;
    const { feed, type: name } = { feed: head.channel, type: type.name };
    const last = next === null;
    return {
      __typename: 'FeedDeltaPage',
      ...{ feed, type: name, from, to, page, last, cursor, setRoot },
      changes: await this.describe(tx, access, type, changes),
    };
  }

  private async describe(
    tx: Tx,
    { policy }: ChannelAccess,
    type: SignalType,
    changes: readonly Change[],
  ): Promise<FeedChange[]> {
    const labels = new Map(policy.labels.map(({ code, label }) => [code, label]));
    const members = await memberNames(tx, authorCodes(changes));
    const words: CodeBook = { labels, members };
    return toFeedChanges(type, changes, words);
  }
}

/** A cursor goes on with one delta, in pages of any length. */
function cursorScope({ member }: MemberStanding, { feed, type, after }: DeltaQuery): CursorScope {
  return { member, list: `delta/${feed}/${type}/${after}` };
}

function aheadOfFeed(): FeedReset {
  const message =
    'after lies beyond the signed head of the feed: what was applied is not this feed; begin anew';
  const code: FeedResetCode = 'AHEAD_OF_FEED';
  return { __typename: 'FeedReset', code, message, horizon: BEGIN };
}

function belowHorizon(): FeedReset {
  const message = 'what changed since after is deleted: drop the copy of this type and begin anew';
  const code: FeedResetCode = 'BELOW_HORIZON';
  return { __typename: 'FeedReset', code, message, horizon: BEGIN };
}

async function memberNames(tx: Tx, codes: readonly number[]): Promise<Map<number, string>> {
  if (codes.length === 0) return new Map();
  const rows = await tx.query<{ id: number; handle: string }>(
    'SELECT id, handle FROM cairn.member WHERE id = ANY ($1::integer[])',
    [codes],
  );
  return new Map(rows.map(({ id, handle }) => [id, handle]));
}
