import type { Tx } from '#libs/platform';
import { signalTypeByCode } from '#libs/protocol';
import type { FeedAccessWay } from './record-feed-access.js';

/** Rounds from an index up to, not including, another. */
export interface RoundRange {
  readonly from: number;
  readonly to: number;
}

/** What a member was served in one way within one hour. */
export interface FeedAccess {
  /** Place in the list. */
  readonly id: number;
  readonly member: string;
  readonly channel: string;
  readonly way: FeedAccessWay;
  /** Name of the signal type; of packs and deltas, else null. */
  readonly type: string | null;
  /** Exactly the rounds served; of a ticket those that were signed when it was issued. */
  readonly rounds: readonly RoundRange[];
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** End of the latest ticket; null of the other ways. */
  readonly until: Date | null;
  /** How often, in the hour. */
  readonly count: number;
}

export interface FeedAccessFilter {
  readonly channel: string;
  /** Name of a member; null for all. */
  readonly member: string | null;
  readonly first: number;
  /** `id` of the last one seen; 0 to begin. */
  readonly after: number;
}

type Row = Omit<FeedAccess, 'type'> & { typeCode: number | null };

const LIST = `
  SELECT f.id::float8 AS id, m.handle AS member, c.name AS channel, f.way, f.type_code AS "typeCode",
         (SELECT json_agg(json_build_object('from', lower(r), 'to', upper(r)) ORDER BY lower(r)) FROM unnest(f.rounds) AS r) AS rounds,
         f.first_at AS "firstAt", f.last_at AS "lastAt", f.until, f.count::float8 AS count
    FROM cairn.feed_access f JOIN cairn.member m ON m.id = f.member_id JOIN cairn.channel c ON c.id = f.channel_id
   WHERE c.name = $1 AND ($2::text IS NULL OR m.handle = $2) AND f.id > $3 ORDER BY f.id LIMIT $4`;

/** Access history of a channel, the oldest first. For auditors: to others the database shows none of it. */
export async function listFeedAccess(
  tx: Tx,
  { channel, member, first, after }: FeedAccessFilter,
): Promise<FeedAccess[]> {
  const rows = await tx.query<Row>(LIST, [channel, member, after, first]);
  return rows.map(({ typeCode, ...row }) => ({
    ...row,
    type: typeCode === null ? null : signalTypeByCode(typeCode)!.name,
  }));
}
