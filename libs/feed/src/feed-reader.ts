import { feedOrigin, latestCheckpoint, provenanceOrigin } from '#libs/ledger';
import type { Tx } from '#libs/platform';
import { SetTree, signalTypeByCode, toHex, type RoundPack, type RoundTypeChange } from '#libs/protocol';
import { PackReader } from './pack-reader.js';
import { RoundReader } from './round-reader.js';

/** A feed as its latest checkpoint signs it. */
export interface FeedHead {
  channelId: number;
  channel: string;
  /** Name of the feed's log. */
  origin: string;
  /** Rounds that the checkpoint covers. */
  size: number;
  /** RFC 9162 root over them, hex. */
  root: string;
  /** The checkpoint as a signed note. */
  note: string;
  /** Rounds in the log, signed or not yet. */
  logSize: number;
}

/** The published set of one signal type. */
export interface FeedSetHead {
  type: string;
  records: number;
  /** Set root, hex. */
  root: string;
}

/** Reads feeds up to their signed heads: what no checkpoint covers is, for everybody outside, not there. */
export class FeedReader {
  readonly rounds: RoundReader;
  readonly packs = new PackReader();

  /** @param hub origin of the hub */
  constructor(private readonly hub: string) {
    this.rounds = new RoundReader(hub);
  }

  /** The head of a channel's feed, or null before its first checkpoint. */
  async head(tx: Tx, channel: string): Promise<FeedHead | null> {
    const [head] = await this.heads(tx, [channel]);
    return head ?? null;
  }

  /** The heads of those feeds that have one, by name of channel. */
  async heads(tx: Tx, channels: readonly string[]): Promise<FeedHead[]> {
    return tx.query<FeedHead>(
      `SELECT f.channel_id AS "channelId", l.feed AS channel, l.origin, c.size::float8 AS size,
              encode(c.root, 'hex') AS root, c.note, l.size::float8 AS "logSize"
         FROM cairn.log l JOIN cairn.feed f ON f.log_id = l.id
         JOIN LATERAL (SELECT size, root, note FROM cairn.checkpoint WHERE log_id = l.id ORDER BY size DESC LIMIT 1) c
           ON true
        WHERE l.origin = ANY ($1) ORDER BY l.feed`,
      [channels.map((channel) => feedOrigin(this.hub, channel))],
    );
  }

  /** For each head the sets of its feed as they stood after `size` rounds, by name of type. */
  async sets(tx: Tx, heads: readonly FeedHead[]): Promise<FeedSetHead[][]> {
    const stored = await storedSets(
      tx,
      heads.map(({ channelId }) => channelId),
    );
    const all: FeedSetHead[][] = [];
    for (const head of heads) all.push(await this.setsAt(tx, head, stored.get(head.channelId)!));
    return all;
  }

  /** The stored sets are those of the last round, and the checkpoint may be some rounds behind: goes back over them. */
  private async setsAt(
    tx: Tx,
    { channelId, channel, size }: FeedHead,
    { logSize, sets }: StoredSets,
  ): Promise<FeedSetHead[]> {
    const found = new Map(sets.map((set) => [set.type, set]));
    const changed = new Set<string>();
    for await (const round of this.rounds.read(tx, channel, size, logSize)) {
      for (const change of round.kind === 'round' ? round.changes : []) {
        if (changed.has(change.type)) continue;
        changed.add(change.type);
        found.set(change.type, await this.setBefore(tx, channelId, change));
      }
    }
    return [...found.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
  }

  private async setBefore(tx: Tx, channelId: number, { type, packs }: RoundTypeChange): Promise<FeedSetHead> {
    const [first] = packs as [RoundPack];
    const records = first.count - first.added + first.removed;
    const [pack] = await collect(this.packs.open(tx, channelId, type, [first]));
    return { type, records, root: toHex(pack!.from) };
  }

  /**
   * Whether what the statement at a log index did to a channel can be fetched: statement and effects are both under a signed
   * checkpoint.
   */
  async isPublished(tx: Tx, channel: string, logIndex: number): Promise<boolean> {
    const log = await latestCheckpoint(tx, provenanceOrigin(this.hub));
    if (log === null || log.size <= logIndex) return false;
    const [projection] = await tx.query<{ size: number }>(
      'SELECT size::float8 AS size FROM cairn.projection WHERE id = 1',
    );
    if (projection!.size <= logIndex) return false;
    const head = await this.head(tx, channel);
    if (head === null) return false;
    return head.size === head.logSize || (await this.signedLogSize(tx, head)) > logIndex;
  }

  /** Size of the provenance log that the last signed round was derived from. */
  private async signedLogSize(tx: Tx, head: FeedHead): Promise<number> {
    const [last] = await collect(this.rounds.read(tx, head.channel, head.size - 1, head.size));
    return last!.log.size;
  }
}

/** Root of a set without records, hex. */
export const EMPTY_SET_ROOT = toHex(SetTree.empty().root);

/** Sets after the last round, and how many rounds there are: of one moment, whatever the caller has read before. */
interface StoredSets {
  logSize: number;
  sets: FeedSetHead[];
}

async function storedSets(tx: Tx, channelIds: readonly number[]): Promise<Map<number, StoredSets>> {
  const rows = await tx.query<StoredSet>(STORED_SETS, [channelIds]);
  const stored = new Map<number, StoredSets>();
  for (const { channelId, logSize, code, records, root } of rows) {
    const feed = stored.get(channelId) ?? { logSize, sets: [] };
    if (code !== null) feed.sets.push({ type: signalTypeByCode(code)!.name, records, root });
    stored.set(channelId, feed);
  }
  return stored;
}

interface StoredSet {
  channelId: number;
  logSize: number;
  /** Null when the feed has no set yet. */
  code: number | null;
  records: number;
  root: string;
}

const STORED_SETS = `
  SELECT f.channel_id AS "channelId", l.size::float8 AS "logSize", t.type_code AS code,
         t.records::float8 AS records, encode(t.root, 'hex') AS root
    FROM cairn.feed f JOIN cairn.log l ON l.id = f.log_id LEFT JOIN cairn.feed_type t USING (channel_id)
   WHERE f.channel_id = ANY ($1::smallint[])`;

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
