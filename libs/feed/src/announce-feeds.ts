import { randomUUID } from 'node:crypto';
import { requestStatement } from '#libs/ledger';
import type { Database } from '#libs/platform';

/**
 * Asks for a `published` statement with the signed heads of all feeds, when one has grown since the last: whoever follows the
 * provenance log then follows every feed.
 *
 * @returns whether there was anything to announce.
 */
export async function announceFeeds(database: Database): Promise<boolean> {
  return database.transaction('announce-feeds', 'system:publisher', async (tx) => {
    // Not FOR UPDATE: whoever stores packs holds the keys of these rows, of a snapshot for minutes.
    await tx.query('SELECT 1 FROM cairn.feed ORDER BY channel_id FOR NO KEY UPDATE');
    const heads = await tx.query<{ feed: string; size: number; root: string; grown: boolean }>(
      `SELECT l.feed, c.size::float8 AS size, encode(c.root, 'hex') AS root, c.size > f.announced_size AS grown
         FROM cairn.feed f JOIN cairn.log l ON l.id = f.log_id
         JOIN LATERAL (SELECT size, root FROM cairn.checkpoint WHERE log_id = l.id ORDER BY size DESC LIMIT 1) c ON true
        ORDER BY l.feed`,
    );
    if (!heads.some((head) => head.grown)) return false;
    const feeds = heads.map(({ feed, size, root }) => ({ feed, size, root }));
    await requestStatement(tx, `published:${randomUUID()}`, { kind: 'published', feeds });
    await tx.query(
      `UPDATE cairn.feed f SET announced_size = h.size
         FROM unnest($1::text[], $2::bigint[]) AS h (feed, size) JOIN cairn.log l ON l.feed = h.feed
        WHERE f.log_id = l.id`,
      [feeds.map((head) => head.feed), feeds.map((head) => head.size)],
    );
    return true;
  });
}
