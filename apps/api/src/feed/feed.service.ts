import { Inject, Injectable } from '@nestjs/common';
import { ChannelTickets, SealedCursors, type CursorScope } from '#libs/access';
import { FeedReader, recordFeedAccess, type FeedHead, type FeedSetHead } from '#libs/feed';
import { channelsOf, findChannelAccess, type ChannelAccess, type MemberStanding } from '#libs/membership';
import { Database } from '#libs/platform';
import { ApiError } from '../graphql/api-error.js';
import { isName } from '../graphql/is-name.js';
import { requireFirst, toConnection, type Connection } from '../graphql/page.types.js';
import { loaderOf, requireMember, type RequestContext } from '../graphql/request-context.js';
import type { FeedTicket } from './feed.types.js';

/** A feed as resolvers pass it on; its sets and its ticket are made when they are asked for. */
export interface FeedView {
  __typename: 'Feed';
  id: string;
  origin: string;
  size: number;
  root: string;
  checkpoint: string;
  policy: ChannelAccess['policy'];
  head: FeedHead;
}

const MOST_FEEDS = 100;

/** Feeds as the members who may receive them see them. */
@Injectable()
export class FeedService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(FeedReader) private readonly reader: FeedReader,
    @Inject(ChannelTickets) private readonly tickets: ChannelTickets,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
  ) {}

  /** The feed of a channel, or null when the member may not receive it or nothing of it is signed yet. */
  async find(member: MemberStanding, channel: string): Promise<FeedView | null> {
    if (!isName(channel)) return null;
    return this.database.read('find-feed', `member:${member.id}`, async (tx) => {
      const access = await findChannelAccess(tx, member.id, channel);
      const head = access?.receive ? await this.reader.head(tx, channel) : null;
      return access === null || head === null ? null : toView(access, head);
    });
  }

  /** @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR` */
  async list(
    member: MemberStanding,
    first: number,
    after: string | undefined,
  ): Promise<Connection<FeedView>> {
    requireFirst(first, MOST_FEEDS);
    const scope = { member: member.member, list: 'feeds' };
    const start = after === undefined ? '' : this.openCursor(scope, after);
    const views = await this.database.read('list-feeds', `member:${member.id}`, async (tx) => {
      const channels = (await channelsOf(tx, member.id)).filter((c) => c.receive && c.channel > start);
      const heads = await this.reader.heads(
        tx,
        channels.map(({ channel }) => channel),
      );
      const access = new Map(channels.map((item) => [item.channel, item]));
      return heads.slice(0, first + 1).map((head) => toView(access.get(head.channel)!, head));
    });
    return toConnection(views, first, ({ id }) => this.cursors.seal(scope, [id]));
  }

  /** The sets of a feed; those of all feeds of a request are read together. */
  sets({ head }: FeedView, context: RequestContext): Promise<FeedSetHead[]> {
    const { id } = requireMember(context);
    const read = (heads: readonly FeedHead[]): Promise<FeedSetHead[][]> =>
      this.database.read('read-feed-sets', `member:${id}`, (tx) => this.reader.sets(tx, heads));
    return loaderOf(context, this, read).load(head);
  }

  /** A new ticket, given out once it is recorded; those of all feeds of a request are recorded together. */
  ticket({ head }: FeedView, context: RequestContext): Promise<FeedTicket> {
    const { member } = requireMember(context);
    const issue = (heads: readonly FeedHead[]): Promise<FeedTicket[]> => this.issue(heads, member);
    return loaderOf(context, this.tickets, issue).load(head);
  }

  private async issue(heads: readonly FeedHead[], member: string): Promise<FeedTicket[]> {
    const issued = heads.map(({ channel, size }) => ({
      ...{ channel, size },
      ...this.tickets.issue(channel, member, Date.now()),
    }));
    const way = { member, way: 'ticket', typeCode: null, from: 0 } as const;
    await recordFeedAccess(
      this.database,
      issued.map(({ channel, size, expiresAt }) => ({ ...way, channel, to: size, until: expiresAt })),
    );
    return issued.map(({ channel, ticket, expiresAt }) => ({
      prefix: `/ticket/${ticket}`,
      cookie: `cairn_ticket_${channel}=${ticket}`,
      expiresAt,
    }));
  }

  private openCursor(scope: CursorScope, cursor: string): string {
    const [channel] = this.cursors.open(scope, cursor) ?? [];
    if (typeof channel === 'string') return channel;
    throw new ApiError('INVALID_CURSOR', 'after does not belong to this list: begin again without it');
  }
}

function toView({ channel, policy }: ChannelAccess, head: FeedHead): FeedView {
  const { origin, size, root, note: checkpoint } = head;
  return { __typename: 'Feed', id: channel, origin, size, root, checkpoint, policy, head };
}
