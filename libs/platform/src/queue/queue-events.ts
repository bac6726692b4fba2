import type { Database } from '../database/database.js';
import { MOST_EVENTS } from './enqueuer.js';

/**
 * Deletes old events of the PostgreSQL backend. BullMQ trims them now and then while it adds jobs one by one, but not
 * when jobs are added in bulk or another queue draws the number on which it would.
 */
export async function trimQueueEvents(database: Database): Promise<number> {
  return database.transaction('trim-queue-events', 'system:worker', (tx) =>
    tx.execute(
      `DELETE FROM bullmq.event AS old
       USING (SELECT queue, max(id) - $1 AS oldest FROM bullmq.event GROUP BY queue) AS kept
       WHERE old.queue = kept.queue AND old.id <= kept.oldest`,
      [MOST_EVENTS],
    ),
  );
}
