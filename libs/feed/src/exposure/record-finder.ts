import type { Tx } from '#libs/platform';
import type { RoundPack, SignalType } from '#libs/protocol';
import { findEntriesAbout, type EntryPlace } from '#libs/signals';
import type { FeedHead, FeedReader } from '../feed-reader.js';
import { deletedHorizon } from '../horizon/type-horizon.js';
import { operationOn } from '../pack-changes.js';
import type { RecordChange } from './record-change.js';

/** A change, and since when it could be fetched: when a checkpoint first covered its round. */
export type SignedChange = RecordChange & { readonly signedAt: Date };

/** What a feed did to the record of a signal. */
export interface RecordHistory {
  /** Rounds that were looked at: all under the latest checkpoint. */
  readonly size: number;
  /** In order of rounds; none when the feed never held the signal. */
  readonly changes: readonly SignedChange[];
  /**
   * Until when packs below the horizon of the type were served: what they did to the record is gone with them, and one that the snapshot has counts as
   * added by it. Null when there is no horizon, or what is below is still there: then it is read as ever.
   */
  readonly wholeSince: Date | null;
  /** Entries about the signal, in log order. */
  readonly entries: readonly EntryPlace[];
}

/** A pack and the round that announces it. */
interface NamedPack {
  readonly round: number;
  readonly first: number;
  readonly pack: RoundPack;
  readonly alone: boolean;
}

/** The database looks for the bytes of the key, and gives out only which packs have them: the packs say what it is that they hold. */
const WITH_BYTES = `
  SELECT encode(digest, 'hex') AS digest FROM cairn.pack
   WHERE channel_id = $1 AND type_code = $2 AND first_round < $3 AND position($4::bytea IN data) > 0`;

const SIGNED = `
  SELECT k.signed_at AS "signedAt" FROM unnest($2::bigint[]) WITH ORDINALITY AS r (round, position)
    CROSS JOIN LATERAL (
      SELECT c.signed_at FROM cairn.feed f JOIN cairn.checkpoint c ON c.log_id = f.log_id
       WHERE f.channel_id = $1 AND c.size > r.round ORDER BY c.size LIMIT 1) k
   ORDER BY r.position`;

/** Finds which rounds of a feed brought, changed and removed a record: packs alone say it, since a record is stored as it is now. */
export class RecordFinder {
  constructor(private readonly feeds: FeedReader) {}

  /**
   * Reads every round of the feed and those packs since the first entry that hold the bytes of the key.
   *
   * @param tx of `system:provenance`
   * @returns null when there is no entry about the signal in the channel
   */
  async find(tx: Tx, channel: string, type: SignalType, key: Uint8Array): Promise<RecordHistory | null> {
    const entries = await findEntriesAbout(tx, channel, type.code, key);
    if (entries.length === 0) return null;
    const head = await this.feeds.head(tx, channel);
    if (head === null) return { size: 0, changes: [], wholeSince: null, entries };
    const deleted = await deletedHorizon(tx, head.channelId, type.code, head.size);
    const horizon = deleted?.size ?? 0;
    const named = await this.namedPacks(tx, head, type.name, horizon, entries[0]!.index);
    const changes = await this.changes(tx, head, type, key, named);
    const wholeSince = deleted?.deletedAt ?? null;
    return { size: head.size, changes: await signed(tx, head, changes), wholeSince, entries };
  }

  /** Packs of the type that are announced by the rounds derived from a log that has the index; below the horizon, the snapshot stands for them. */
  private async namedPacks(
    tx: Tx,
    head: FeedHead,
    type: string,
    horizon: number,
    index: number,
  ): Promise<NamedPack[]> {
    const named: NamedPack[] = [];
    let at = horizon - 1;
    for await (const round of this.feeds.rounds.read(tx, head.channel, horizon, head.size)) {
      at += 1;
      const isSnapshot = horizon > 0 && at === horizon && round.kind === 'snapshot';
      if ((round.kind !== 'round' && !isSnapshot) || round.log.size <= index) continue;
      const packs = round.changes.find((change) => change.type === type)?.packs ?? [];
      // Packs of a snapshot are served as a delta from nothing: whoever was served one is never certain.
      const place = isSnapshot ? { first: 0, alone: false } : { first: at, alone: packs.length === 1 };
      for (const pack of packs) named.push({ round: at, pack, ...place });
    }
    return named;
  }

  private async changes(
    tx: Tx,
    { channelId, size }: FeedHead,
    type: SignalType,
    key: Uint8Array,
    named: readonly NamedPack[],
  ): Promise<RecordChange[]> {
    const rows = await tx.query<{ digest: string }>(WITH_BYTES, [
      channelId,
      type.code,
      size,
      Buffer.from(key),
    ]);
    const digests = new Set(rows.map(({ digest }) => digest));
    const candidates = named.filter(({ pack }) => digests.has(pack.digest));
    const announced = candidates.map(({ pack }) => pack);
    const changes: RecordChange[] = [];
    let at = 0;
    for await (const pack of this.feeds.packs.open(tx, channelId, type.name, announced)) {
      const { round, first, alone } = candidates[at++]!;
      const op = operationOn(pack, key);
      if (op !== null) changes.push({ round, first, op, alone });
    }
    return changes;
  }
}

async function signed<Change extends Pick<RecordChange, 'round'>>(
  tx: Tx,
  { channelId }: FeedHead,
  changes: readonly Change[],
): Promise<(Change & { signedAt: Date })[]> {
  const rounds = changes.map(({ round }) => round);
  const rows = await tx.query<{ signedAt: Date }>(SIGNED, [channelId, rounds]);
  return changes.map((change, i) => ({ ...change, signedAt: rows[i]!.signedAt }));
}
