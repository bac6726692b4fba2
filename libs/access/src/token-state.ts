import { hash } from 'node:crypto';
import type { Database } from '#libs/platform';

/**
 * Takes note that something was used, once: of any number of requests with it, in whatever process, true is told to the one whose insert
 * comes first.
 *
 * @param use.id  what was used; stored as its digest
 * @param use.by  the member
 */
export async function spendOnce(
  database: Database,
  use: { model: string; id: string; by: string; secondsToLive: number },
): Promise<boolean> {
  const { model, id, by, secondsToLive } = use;
  const inserted = await database.transaction('spend-once', 'system:api', (tx) =>
    tx.query(
      `INSERT INTO cairn.token_state (model, id, payload, expires_at)
        VALUES ($1, $2, $3, now() + make_interval(secs => $4)) ON CONFLICT (model, id) DO NOTHING RETURNING 1 AS inserted`,
      [model, hash('sha256', id), JSON.stringify({ iss: by }), Math.max(0, secondsToLive)],
    ),
  );
  return inserted.length > 0;
}

/** Deletes what nobody needs any more: an assertion or a proof that has expired is refused for that. For the worker's sweeper. */
export async function forgetExpiredAssertions(database: Database): Promise<number> {
  return database.transaction('forget-assertions', 'system:worker', (tx) =>
    tx.execute('DELETE FROM cairn.token_state WHERE expires_at < now()'),
  );
}
