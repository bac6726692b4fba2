import type { Database } from '#libs/platform';

/** How rounds reach a member: a right to fetch them, bundles of rounds, packs of rounds, or folds of rounds, as pages of a delta or as a rollup. */
export type FeedAccessWay = 'ticket' | 'rounds' | 'packs' | 'delta';

/** What a member is about to be served. */
export interface ServedRange {
  /** Name of the member. */
  readonly member: string;
  readonly channel: string;
  readonly way: FeedAccessWay;
  /** Stored number of the signal type; of packs and deltas, else null. */
  readonly typeCode: number | null;
  /** Index of the first round. */
  readonly from: number;
  /** Index after the last; above `from`. */
  readonly to: number;
  /** When a ticket ends; null of the other ways. */
  readonly until: Date | null;
}

const RECORD = `
  SELECT cairn.record_feed_access(s.member, s.channel, s.way, s.type_code, s.from_round, s.to_round, s.until)
    FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::bigint[], $6::bigint[], $7::timestamptz[]) WITH ORDINALITY
      AS s (member, channel, way, type_code, from_round, to_round, until, position)
   ORDER BY s.position`;

/**
 * Records what is about to be served. Nothing may leave before this has returned; when it throws, nothing may leave at all. Several accesses
 * are recorded together or not at all; those of one member in one hour merge.
 */
export async function recordFeedAccess(database: Database, served: readonly ServedRange[]): Promise<void> {
  // Rows are locked in one order, whoever records.
  const ordered = [...served].sort((a, b) => (a.channel < b.channel ? -1 : 1));
  await database.transaction('record-feed-access', 'system:api', async (tx) => {
    await tx.execute(RECORD, [
      ordered.map(({ member }) => member),
      ordered.map(({ channel }) => channel),
      ordered.map(({ way }) => way),
      ordered.map(({ typeCode }) => typeCode),
      ordered.map(({ from }) => from),
      ordered.map(({ to }) => to),
      ordered.map(({ until }) => until),
    ]);
  });
}
