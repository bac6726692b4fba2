import { requestStatement } from '#libs/ledger';
import type { Database } from '#libs/platform';

/** Asks for a tick when a claim has fallen due that no tick has ended yet. */
export async function requestDueTick(database: Database): Promise<void> {
  await database.transaction('request-tick', 'system:worker', async (tx) => {
    const [due] = await tx.query<{ day: number }>(
      // Whole days, so that both bounds are found in the index: it holds every claim that ever had an end.
      `SELECT max(expires) AS day FROM cairn.entry
        WHERE effect = 0 AND expires > (SELECT tick_time / 86400000 FROM cairn.projection)
          AND expires <= (SELECT floor(extract(epoch FROM clock_timestamp()) / 86400)::bigint)
       HAVING max(expires) IS NOT NULL`,
    );
    if (due !== undefined) await requestStatement(tx, `tick:${due.day}`, { kind: 'tick' });
  });
}
