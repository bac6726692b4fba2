import type { Database } from '#libs/platform';

/**
 * Deletes the access history that is older than the policy keeps it. For the worker.
 *
 * @param days how long it is kept, at least 30: the database deletes nothing younger
 * @returns how many rows went
 */
export async function forgetFeedAccess(database: Database, days: number): Promise<number> {
  return database.transaction('forget-feed-access', 'system:worker', (tx) =>
    tx.execute(
      `DELETE FROM cairn.feed_access
        WHERE greatest(last_at, until) < now() - make_interval(days => $1)`,
      [days],
    ),
  );
}
