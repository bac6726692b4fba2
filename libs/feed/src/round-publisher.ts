import { appendLeaves, createLog, databaseTime, feedOrigin, lockLog, provenanceOrigin } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import {
  encodeRound,
  PACK_LIMITS,
  type ProvenanceHead,
  type Round,
  type RoundPack,
  type RoundTypeChange,
  signalTypeByCode,
  toHex,
} from '#libs/protocol';
import {
  changedParts,
  deleteErasedRecords,
  projectNext,
  touchedChannels,
  type RecordPart,
} from '#libs/signals';
import { BucketStore } from './bucket-store.js';
import { buildPack } from './build-pack.js';
import { RollupPublisher } from './rollup-publisher.js';
import { SetTreeStore } from './set-tree-store.js';
import { storePack } from './store-pack.js';
import { newNonce } from './round-nonce.js';

export interface RoundPublisherOptions {
  /** Bytes that buckets of sets may take in memory. */
  readonly cacheBytes: number;
  /** Bytes of changed leaves beyond which a round writes the tiles of a set tree. */
  readonly mostChangedBytes: number;
}

const DEFAULTS: RoundPublisherOptions = {
  // The buckets of about five million SHA-256 entries.
  cacheBytes: 320 * 1024 * 1024,
  // As much as all tiles of a tree take: beyond that, changes cost more to read than the tiles that they spare.
  mostChangedBytes: 2 * 1024 * 1024,
};

const encoder = new TextEncoder();

/**
 * Publishes what the projection changed: one leaf per feed and round. Projection and publication share a transaction, so every
 * feed is at all times exactly the state at the log size its last leaf names.
 */
export class RoundPublisher {
  private readonly sets: SetTreeStore;
  private readonly buckets: BucketStore;
  private readonly rollups = new RollupPublisher();

  /** @param hub origin of the hub, such as `hub.example.org`. */
  constructor(
    private readonly database: Database,
    private readonly hub: string,
    { cacheBytes, mostChangedBytes }: RoundPublisherOptions = DEFAULTS,
  ) {
    this.sets = new SetTreeStore(mostChangedBytes);
    this.buckets = new BucketStore(cacheBytes);
  }

  /** Applies and publishes the next statements; returns false when there were none. */
  async publish(): Promise<boolean> {
    return this.database.transaction('publish-round', 'system:publisher', async (tx) => {
      const step = await projectNext(tx, provenanceOrigin(this.hub));
      if (step === null) return false;
      const log = { size: step.size, root: toHex(step.root) };
      const time = await databaseTime(tx);
      await this.openFeeds(tx, log, time);
      const parts = groupBy(await changedParts(tx, PACK_LIMITS.changes), (part) => part.channelId);
      for (const channelId of await touchedChannels(tx))
        await this.publishChannel(tx, channelId, parts.get(channelId) ?? [], log, time);
      if (step.erased) await deleteErasedRecords(tx, step.from, step.size);
      return true;
    });
  }

  /** A new channel's feed begins with an idle leaf, so that there is a head to verify from the first moment. */
  private async openFeeds(tx: Tx, log: ProvenanceHead, time: number): Promise<void> {
    const missing = await tx.query<{ id: number; name: string }>(
      `SELECT c.id, c.name FROM cairn.channel c LEFT JOIN cairn.feed f ON f.channel_id = c.id
        WHERE c.since_index IS NOT NULL AND f.channel_id IS NULL ORDER BY c.id`,
    );
    for (const { id, name } of missing) {
      const logId = await createLog(tx, feedOrigin(this.hub, name), name);
      await tx.query('INSERT INTO cairn.feed (channel_id, log_id) VALUES ($1, $2)', [id, logId]);
      await this.append(tx, id, { kind: 'idle', feed: name, time, log, nonce: newNonce() });
    }
  }

  /**
   * A round, or an idle leaf when nothing changed: the sizes of feeds are public, and a feed that grew for some values only would tell an
   * author who may not receive it whether its value was known.
   */
  private async publishChannel(
    tx: Tx,
    channelId: number,
    parts: readonly RecordPart[],
    log: ProvenanceHead,
    time: number,
  ): Promise<void> {
    const [channel] = await tx.query<{ name: string }>('SELECT name FROM cairn.channel WHERE id = $1', [
      channelId,
    ]);
    // Before anything is stored for the next leaf: nobody else may append one meanwhile.
    await lockLog(tx, feedOrigin(this.hub, channel!.name));
    const head = { feed: channel!.name, time, log, nonce: newNonce() };
    if (parts.length === 0) return this.append(tx, channelId, { kind: 'idle', ...head });
    const changes: RoundTypeChange[] = [];
    for (const ofType of groupBy(parts, (part) => part.typeCode).values()) {
      changes.push(await this.publishType(tx, ofType));
    }
    changes.sort((a, b) => (a.type < b.type ? -1 : 1));
    await this.append(tx, channelId, { kind: 'round', ...head, changes });
  }

  /** A change too large for one pack becomes several, each with the set root after it. */
  private async publishType(tx: Tx, parts: readonly RecordPart[]): Promise<RoundTypeChange> {
    const { channelId, typeCode } = parts[0]!;
    let set = await this.sets.load(tx, channelId, typeCode);
    const leaves = new Map<number, Uint8Array>();
    const packs: RoundPack[] = [];
    for (const part of parts) {
      const built = await buildPack(tx, this.buckets, set, part);
      set = built.set;
      for (const [bucket, hash] of built.leaves) leaves.set(bucket, hash);
      packs.push(built.announced);
      const { data, announced } = built;
      await storePack(tx, { channelId, typeCode, digest: announced.digest, data, fold: null });
    }
    await this.sets.save(tx, set, leaves);
    const { count, root } = packs.at(-1)!;
    return { type: signalTypeByCode(typeCode)!.name, count, root, packs };
  }

  private async append(tx: Tx, channelId: number, step: Round): Promise<void> {
    const log = await lockLog(tx, feedOrigin(this.hub, step.feed));
    // A clock that was set back must not make leaf times go back.
    const round = { ...step, time: Math.max(step.time, log.lastTime) };
    const grown = await appendLeaves(tx, log, [encoder.encode(encodeRound(round))], round.time);
    await this.rollups.afterStep(tx, { channelId, round, log: grown });
  }
}

function groupBy<K, V>(items: readonly V[], keyOf: (item: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
