import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import { ChannelTickets, readCookie } from '#libs/access';
import { readServedPack, recordFeedAccess, type ServedRange } from '#libs/feed';
import { feedOrigin, latestCheckpoint, readTileResource } from '#libs/ledger';
import { CONFIG, Database, type Config, type Tx } from '#libs/platform';
import { TILE_WIDTH } from '#libs/tlog';
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
    await this.send(reply, checked.member, channel, object);
  }

  private async send(reply: Reply, member: string, channel: string, object: string): Promise<void> {
    const origin = feedOrigin(this.config.origin, channel);
    if (object === 'checkpoint') {
      const head = await this.read('read-checkpoint', (tx) => latestCheckpoint(tx, origin));
      return void (await sendCheckpoint(reply, head?.note, CACHE.feed.checkpoint));
    }
    const [, digest] = PACK.exec(object) ?? [];
    const found = await this.read('read-feed-object', (tx) =>
      digest === undefined ? readTile(tx, origin, object) : readPack(tx, channel, digest),
    );
    // It stands in the access history before a byte of it leaves.
    if (found?.range) {
      await recordFeedAccess(this.database, [{ member, channel, until: null, ...found.range }]);
    }
    await sendObject(reply, found?.bytes ?? null, CACHE.feed.object);
  }

  private read<T>(name: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.read(name, 'system:api', work);
  }
}

/** An object, and which rounds it brings to whoever fetches it: hashes of rounds bring none. */
interface FeedObject {
  readonly bytes: Buffer;
  readonly range: Pick<ServedRange, 'way' | 'typeCode' | 'from' | 'to'> | null;
}

async function readPack(tx: Tx, channel: string, digest: string): Promise<FeedObject | null> {
  const pack = await readServedPack(tx, channel, digest);
  if (pack === null) return null;
  const { bytes, typeCode, round } = pack;
  return { bytes, range: { way: 'packs', typeCode, from: round, to: round + 1 } };
}

async function readTile(tx: Tx, origin: string, path: string): Promise<FeedObject | null> {
  const resource = tileResource(path);
  const bytes = resource === null ? null : await readTileResource(tx, origin, resource);
  if (resource === null || bytes === null) return null;
  if (resource.kind === 'tile') return { bytes, range: null };
  const from = resource.index * TILE_WIDTH;
  return { bytes, range: { way: 'rounds', typeCode: null, from, to: from + resource.width } };
}
