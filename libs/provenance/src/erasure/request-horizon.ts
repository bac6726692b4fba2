import type { Tx } from '#libs/platform';

/**
 * Asks that the horizons of the feeds concerned move past the round that announces the removals of an erasure, after a delay in which whoever pulls
 * sees them. What is below a horizon is deleted (docs/protocol-feed.md).
 *
 * @param dueAt Unix milliseconds
 */
export async function requestHorizons(
  tx: Tx,
  erasure: string,
  { logIndex, dueAt }: { logIndex: number; dueAt: number },
): Promise<void> {
  await tx.execute(
    `INSERT INTO cairn.horizon_request (channel_id, type_code, after_index, due_at)
      SELECT DISTINCT channel_id, type_code, $2::bigint, to_timestamp($3::float8 / 1000)
        FROM cairn.erased_line WHERE erasure_id = $1`,
    [erasure, logIndex, dueAt],
  );
}
