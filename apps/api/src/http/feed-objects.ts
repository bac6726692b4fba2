import { readPackBytes } from '#libs/feed';
import { feedOrigin, latestCheckpoint, readTileResource } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import type { Reply } from './fastify.types.js';
import { CACHE, sendCheckpoint, sendObject, tileResource } from './static-answer.js';

const PACK = /^pack\/([0-9a-f]{64})$/;

/** The static objects of feeds, for whoever has shown that it may have them. */
export class FeedObjects {
  /** @param hub origin of the hub */
  constructor(
    private readonly database: Database,
    private readonly hub: string,
  ) {}

  /** @param object path below the feed's prefix */
  async send(reply: Reply, channel: string, object: string): Promise<void> {
    const origin = feedOrigin(this.hub, channel);
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
