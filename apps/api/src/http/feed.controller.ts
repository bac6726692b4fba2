import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import { ChannelTickets, readCookie } from '#libs/access';
import { readPackBytes } from '#libs/feed';
import { feedOrigin, latestCheckpoint, readTileResource } from '#libs/ledger';
import { CONFIG, Database, type Config, type Tx } from '#libs/platform';
import type { Reply } from './fastify.types.js';
import { CACHE, refuse, sendCheckpoint, sendObject, tileResource } from './static-answer.js';

const BY_TICKET = /^([^/]+)\/feed\/(.+)$/s;
const BY_CHANNEL = /^([^/]+)\/(.*)$/s;
const PACK = /^pack\/([0-9a-f]{64})$/;

/**
 * The static objects of feeds, for whoever holds a ticket for the channel. Without one the answer is the same for every path, so nobody
 * learns which channels there are.
 */
@Controller()
export class FeedController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ChannelTickets) private readonly tickets: ChannelTickets,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The ticket as a prefix of the path. */
  @Get('ticket/*')
  async withPrefix(@Param('*') path: string, @Res() reply: Reply): Promise<void> {
    const [, ticket, rest] = BY_TICKET.exec(path) ?? [];
    await this.answer(reply, rest ?? '', ticket);
  }

  /** The ticket as a cookie. */
  @Get('feed/*')
  async withCookie(
    @Param('*') path: string,
    @Headers('cookie') cookies: string | undefined,
    @Res() reply: Reply,
  ): Promise<void> {
    await this.answer(reply, path, readCookie(cookies, `cairn_ticket_${path.split('/', 1)[0]}`));
  }

  private async answer(reply: Reply, path: string, ticket: string | undefined): Promise<void> {
    if (ticket === undefined) return void (await refuse(reply, 401));
    const [, channel = '', object = ''] = BY_CHANNEL.exec(path) ?? [];
    const checked = this.tickets.check(ticket, channel, Date.now());
    if (!checked.ok) return void (await refuse(reply, 403));
    await this.send(reply, channel, object);
  }

  private async send(reply: Reply, channel: string, object: string): Promise<void> {
    const origin = feedOrigin(this.config.origin, channel);
    if (object === 'checkpoint') {
      const head = await this.read('read-checkpoint', (tx) => latestCheckpoint(tx, origin));
      return void (await sendCheckpoint(reply, head?.note, CACHE.feed.checkpoint));
    }
    const [, digest] = PACK.exec(object) ?? [];
    const resource = digest === undefined ? tileResource(object) : null;
    const bytes = await this.read('read-feed-object', async (tx) => {
      if (digest !== undefined) return readPackBytes(tx, channel, digest);
      return resource === null ? null : readTileResource(tx, origin, resource);
    });
    await sendObject(reply, bytes, CACHE.feed.object);
  }

  private read<T>(name: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.read(name, 'system:api', work);
  }
}
