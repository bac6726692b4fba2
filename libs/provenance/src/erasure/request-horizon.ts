import type { Tx } from '#libs/platform';

/**
 * Asks that the horizons of the feeds concerned move past the round that announces the removals of an erasure, after a delay in which whoever pulls
 * sees them. What is below a horizon is deleted (docs/protocol-feed.md).
 */
export async function requestHorizons(
  tx: Tx,
  erasure: string,
  { logIndex, delayHours }: { logIndex: number; delayHours: number },
): Promise<void> {
  await tx.execute(
    `INSERT INTO cairn.horizon_request (channel_id, type_code, after_index, due_at)
      SELECT DISTINCT channel_id, type_code, $2::bigint, now() + make_interval(secs => $3::float8)
        FROM cairn.erased_line WHERE erasure_id = $1`,
    [erasure, logIndex, delayHours * 3600],
  );
}
