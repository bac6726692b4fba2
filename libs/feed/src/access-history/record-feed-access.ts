import type { Database } from '#libs/platform';

/** How rounds reach a member: a right to fetch them, bundles of rounds, packs, or pages of a delta. */
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

/**
 * Records what is about to be served. Nothing may leave before this has returned; when it throws, nothing may leave at all. Several accesses
 * are recorded together or not at all; those of one member in one hour merge.
 */
export async function recordFeedAccess(database: Database, served: readonly ServedRange[]): Promise<void> {
  // Rows are locked in one order, whoever records.
  const ordered = [...served].sort((a, b) => (a.channel < b.channel ? -1 : 1));
  await database.transaction('record-feed-access', 'system:api', async (tx) => {
    for (const { member, channel, way, typeCode, from, to, until } of ordered) {
      await tx.query('SELECT cairn.record_feed_access($1, $2, $3, $4, $5, $6, $7)', [
        ...[member, channel, way, typeCode],
        ...[from, to, until],
      ]);
    }
  });
}
