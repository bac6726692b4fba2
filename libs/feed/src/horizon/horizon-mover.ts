import { appendLeaves, databaseTime, feedOrigin, lockLog, readLeaves } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import { encodeRound, signalTypeByCode, type Round } from '#libs/protocol';
import { EMPTY_SET_ROOT } from '../feed-reader.js';
import { decodeRound } from '../round-reader.js';
import { buildSnapshot } from './build-snapshot.js';
import { DELETION_GRACE_MS, deleteBelowHorizon, dueDeletions } from './delete-below-horizon.js';
import { HorizonsFailed, type FailedHorizon } from './horizons-failed.js';
import { newNonce } from '../round-nonce.js';

/** A type of a channel. */
interface Place {
  readonly channelId: number;
  readonly typeCode: number;
}

interface DueHorizon extends Place {
  readonly channel: string;
}

/** Requests whose effects are published: the projection is committed with its rounds. */
const IS_DUE = `r.done_at IS NULL AND r.size IS NULL AND r.due_at <= now()
     AND r.after_index < (SELECT size FROM cairn.projection WHERE id = 1)`;

const DUE_PLACES = `
  SELECT r.channel_id AS "channelId", r.type_code AS "typeCode"
    FROM cairn.horizon_request r JOIN cairn.feed f ON f.channel_id = r.channel_id
   WHERE ${IS_DUE} GROUP BY r.channel_id, r.type_code ORDER BY min(r.due_at), r.channel_id, r.type_code`;

const DUE = `
  SELECT r.channel_id AS "channelId", r.type_code AS "typeCode", c.name AS channel
    FROM cairn.horizon_request r JOIN cairn.channel c ON c.id = r.channel_id
   WHERE ${IS_DUE} AND r.channel_id = $1 AND r.type_code = $2 ORDER BY r.id LIMIT 1 FOR UPDATE OF r SKIP LOCKED`;

const NOTHING = { records: 0, root: EMPTY_SET_ROOT };

const encoder = new TextEncoder();

/**
 * Moves the horizons of feeds (docs/protocol-feed.md, "Snapshot and horizon") when somebody asked for it, as an erasure does: what lies below is deleted
 * once a checkpoint covers the new horizon, so that nobody is told of packs that nothing stands for.
 */
export class HorizonMover {
  /**
   * @param hub origin of the hub
   * @param graceMs how long packs below a horizon are served after it was signed; other than by default for tests
   */
  constructor(
    private readonly database: Database,
    private readonly hub: string,
    private readonly graceMs: number = DELETION_GRACE_MS,
  ) {}

  /**
   * Deletes what is below horizons that were signed long enough ago, then moves those that are due. One that fails holds up no other.
   *
   * @returns whether there was anything to do
   * @throws HorizonsFailed at the end
   */
  async run(): Promise<boolean> {
    const failures: FailedHorizon[] = [];
    let worked = 0;
    const attempt = async (place: Place, act: FailedHorizon['act'], work: () => Promise<boolean>) => {
      try {
        if (await work()) worked += 1;
      } catch (cause) {
        failures.push({ ...place, act, cause });
      }
    };
    // What is to be erased goes first: to write a set anew may take long.
    for (const { size, ...place } of await dueDeletions(this.database, this.graceMs))
      await attempt(place, 'delete', () => deleteBelowHorizon(this.database, { ...place, size }));
    for (const place of await this.duePlaces()) await attempt(place, 'move', () => this.move(place));
    if (failures.length > 0) throw new HorizonsFailed(failures, worked);
    return worked > 0;
  }

  private duePlaces(): Promise<Place[]> {
    return this.database.read('due-horizons', 'system:publisher', (tx) => tx.query<Place>(DUE_PLACES));
  }

  private move({ channelId, typeCode }: Place): Promise<boolean> {
    return this.database.transaction('move-horizon', 'system:publisher', async (tx) => {
      const [due] = await tx.query<DueHorizon>(DUE, [channelId, typeCode]);
      if (due === undefined) return false;
      await answer(tx, due, await this.appendHorizon(tx, due));
      return true;
    });
  }

  /** @returns the size of the new horizon */
  private async appendHorizon(tx: Tx, { channelId, typeCode, channel }: DueHorizon): Promise<number> {
    const origin = feedOrigin(this.hub, channel);
    // Under this lock the records are those after the last leaf: whoever changes them appends one.
    const log = await lockLog(tx, origin);
    // Of a type that the feed never had the set is empty. Sizes of feeds are public, so they must not tell such a type from others.
    const [set = NOTHING] = await tx.query<{ records: number; root: string }>(
      `SELECT records::float8 AS records, encode(root, 'hex') AS root FROM cairn.feed_type WHERE channel_id = $1 AND type_code = $2`,
      [channelId, typeCode],
    );
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
async function answer(tx: Tx, { channelId, typeCode }: DueHorizon, size: number): Promise<void> {
  await tx.query(
    `UPDATE cairn.horizon_request SET size = $3
      WHERE channel_id = $1 AND type_code = $2 AND size IS NULL AND done_at IS NULL
        AND after_index < (SELECT size FROM cairn.projection WHERE id = 1)`,
    [channelId, typeCode, size],
  );
}
