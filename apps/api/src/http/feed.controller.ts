import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import { ChannelTickets, readCookie } from '#libs/access';
import { CONFIG, Database, type Config } from '#libs/platform';
import type { Reply } from './fastify.types.js';
import { FeedObjects } from './feed-objects.js';
import { refuse } from './static-answer.js';

const BY_TICKET = /^([^/]+)\/feed\/(.+)$/s;
const BY_CHANNEL = /^([^/]+)\/(.*)$/s;

/**
 * The static objects of feeds, for whoever holds a ticket for the channel. Without one the answer is the same for every path, so nobody
 * learns which channels there are.
 */
@Controller()
export class FeedController {
  private readonly objects: FeedObjects;

  constructor(
    @Inject(Database) database: Database,
    @Inject(ChannelTickets) private readonly tickets: ChannelTickets,
    @Inject(CONFIG) { origin }: Config,
  ) {
    this.objects = new FeedObjects(database, origin);
  }

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
    await this.objects.send(reply, checked.member, channel, object);
  }
}
