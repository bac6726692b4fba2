import { randomBytes } from 'node:crypto';
import { appendLeaves, databaseTime, feedOrigin, lockLog, readLeaves } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import { encodeRound, signalTypeByCode, type Round } from '#libs/protocol';
import { decodeRound } from '../round-reader.js';
import { buildSnapshot } from './build-snapshot.js';
import { deleteBelowHorizon } from './delete-below-horizon.js';

interface DueHorizon {
  readonly channelId: number;
  readonly typeCode: number;
  readonly channel: string;
}

/** Requests whose effects are published: the projection is committed with its rounds. */
const DUE = `
  SELECT r.channel_id AS "channelId", r.type_code AS "typeCode", c.name AS channel
    FROM cairn.horizon_request r JOIN cairn.channel c ON c.id = r.channel_id JOIN cairn.feed f ON f.channel_id = r.channel_id
   WHERE r.done_at IS NULL AND r.size IS NULL AND r.due_at <= now()
     AND r.after_index < (SELECT size FROM cairn.projection WHERE id = 1)
   ORDER BY r.due_at, r.id LIMIT 1 FOR UPDATE OF r SKIP LOCKED`;

const encoder = new TextEncoder();

/**
 * Moves the horizons of feeds (docs/protocol-feed.md, "Snapshot and horizon") when somebody asked for it, as an erasure does: what lies below is deleted
 * once a checkpoint covers the new horizon, so that nobody is told of packs that nothing stands for.
 */
export class HorizonMover {
  /** @param hub origin of the hub */
  constructor(
    private readonly database: Database,
    private readonly hub: string,
  ) {}

  /** Moves one horizon, or deletes what is below one that is signed; returns whether there was anything to do. */
  async run(): Promise<boolean> {
    const moved = await this.move();
    return (await deleteBelowHorizon(this.database)) || moved;
  }

  private move(): Promise<boolean> {
    return this.database.transaction('move-horizon', 'system:publisher', async (tx) => {
      const [due] = await tx.query<DueHorizon>(DUE);
      if (due === undefined) return false;
      await answer(tx, due, await this.appendHorizon(tx, due));
      return true;
    });
  }

  /** @returns the size of the new horizon; null when the feed never had anything of the type */
  private async appendHorizon(tx: Tx, { channelId, typeCode, channel }: DueHorizon): Promise<number | null> {
    const origin = feedOrigin(this.hub, channel);
    // Under this lock the records are those after the last leaf: whoever changes them appends one.
    const log = await lockLog(tx, origin);
    const [set] = await tx.query<{ records: number; root: string }>(
      `SELECT records::float8 AS records, encode(root, 'hex') AS root FROM cairn.feed_type WHERE channel_id = $1 AND type_code = $2`,
      [channelId, typeCode],
    );
    if (set === undefined) return null;
    const [last] = await readLeaves(tx, origin, log.size - 1, log.size);
    const time = Math.max(await databaseTime(tx), log.lastTime);
    const head = { feed: channel, time, log: decodeRound(last!).log };
    const index = log.size;
    const changes = [await buildSnapshot(tx, { channelId, typeCode, ...set, index })];
    const horizons = [{ type: signalTypeByCode(typeCode)!.name, size: index }];
    const leaves: Round[] = [
      { kind: 'snapshot', ...head, nonce: newNonce(), changes },
      { kind: 'horizon', ...head, nonce: newNonce(), horizons },
    ];
    const encoded = leaves.map((leaf) => encoder.encode(encodeRound(leaf)));
    await appendLeaves(tx, log, encoded, time);
    await tx.query(
      'INSERT INTO cairn.feed_horizon (channel_id, type_code, size, leaf_index) VALUES ($1, $2, $3, $4)',
      [channelId, typeCode, index, index + 1],
    );
    return index;
  }
}

/** All requests that the horizon is beyond are answered by it. */
async function answer(tx: Tx, { channelId, typeCode }: DueHorizon, size: number | null): Promise<void> {
  await tx.query(
    `UPDATE cairn.horizon_request SET size = $3, done_at = CASE WHEN $3::bigint IS NULL THEN now() END
      WHERE channel_id = $1 AND type_code = $2 AND size IS NULL AND done_at IS NULL
        AND after_index < (SELECT size FROM cairn.projection WHERE id = 1)`,
    [channelId, typeCode, size],
  );
}

function newNonce(): string {
  return randomBytes(16).toString('hex');
}
