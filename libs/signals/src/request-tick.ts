import { requestStatement } from '#libs/ledger';
import type { Database } from '#libs/platform';

/** Asks for a tick when a claim has fallen due that no tick has ended yet. */
export async function requestDueTick(database: Database): Promise<void> {
  await database.transaction('request-tick', 'system:worker', async (tx) => {
    const [due] = await tx.query<{ day: number }>(
      `SELECT max(e.expires) AS day FROM cairn.entry e, cairn.projection p
        WHERE e.expires IS NOT NULL AND e.effect = 0 AND e.expires * 86400000::bigint > p.tick_time
          AND e.expires <= floor(extract(epoch FROM clock_timestamp()) / 86400)
       HAVING max(e.expires) IS NOT NULL`,
    );
    if (due !== undefined) await requestStatement(tx, `tick:${due.day}`, { kind: 'tick' });
  });
}
