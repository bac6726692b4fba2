import { isDeletedPack, recordFeedAccess, ServedPacks, type ServedRange } from '#libs/feed';
import { feedOrigin, latestCheckpoint, readTileResource } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import { TILE_WIDTH } from '#libs/tlog';
import type { Reply } from './fastify.types.js';
import { CACHE, refuse, sendCheckpoint, sendObject, tileResource } from './static-answer.js';

const PACK = /^pack\/([0-9a-f]{64})$/;

/** An object, and which rounds it brings to whoever fetches it: hashes of rounds bring none. */
interface FeedObject {
  readonly bytes: Buffer;
  readonly range: Pick<ServedRange, 'way' | 'typeCode' | 'from' | 'to'> | null;
}

/** The static objects of feeds, for whoever has shown that it may have them. */
export class FeedObjects {
  private readonly packs = new ServedPacks();

  /** @param hub origin of the hub */
  constructor(
    private readonly database: Database,
    private readonly hub: string,
  ) {}

  /**
   * @param member whose access history it goes into; null for who reads by a grant that is recorded itself
   * @param object path below the feed's prefix
   */
  async send(reply: Reply, member: string | null, channel: string, object: string): Promise<void> {
    const origin = feedOrigin(this.hub, channel);
    if (object === 'checkpoint') {
      const head = await this.read('read-checkpoint', (tx) => latestCheckpoint(tx, origin));
      return void (await sendCheckpoint(reply, head?.note, CACHE.feed.checkpoint));
    }
    const [, digest] = PACK.exec(object) ?? [];
    const found = await this.read('read-feed-object', (tx) =>
      digest === undefined ? readTile(tx, origin, object) : this.readPack(tx, channel, digest),
    );
    // It stands in the access history before a byte of it leaves.
    if (member !== null && found?.range) {
      await recordFeedAccess(this.database, [{ member, channel, until: null, ...found.range }]);
    }
    const isGone = digest !== undefined && found === null && (await this.isDeleted(channel, digest));
    await (isGone ? refuse(reply, 410) : sendObject(reply, found?.bytes ?? null, CACHE.feed.object));
  }

  private isDeleted(channel: string, digest: string): Promise<boolean> {
    return this.read('read-deleted-pack', (tx) => isDeletedPack(tx, channel, digest));
  }

  private async readPack(tx: Tx, channel: string, digest: string): Promise<FeedObject | null> {
    const pack = await this.packs.read(tx, channel, digest);
    if (pack === null) return null;
    const { bytes, typeCode, round, fold } = pack;
    // A rollup brings what a delta brings: of what came and went between, nothing.
    return fold === null
      ? { bytes, range: { way: 'packs', typeCode, from: round, to: round + 1 } }
      : { bytes, range: { way: 'delta', typeCode, ...fold } };
  }

  private read<T>(name: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.read(name, 'system:api', work);
  }
}

async function readTile(tx: Tx, origin: string, path: string): Promise<FeedObject | null> {
  const resource = tileResource(path);
  const bytes = resource === null ? null : await readTileResource(tx, origin, resource);
  if (resource === null || bytes === null) return null;
  if (resource.kind === 'tile') return { bytes, range: null };
  const from = resource.index * TILE_WIDTH;
  return { bytes, range: { way: 'rounds', typeCode: null, from, to: from + resource.width } };
}
