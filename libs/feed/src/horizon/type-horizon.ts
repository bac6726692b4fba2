import type { Tx } from '#libs/platform';

/** The horizon of a type, as the first leaves of a feed say: index of the snapshot; 0 when there is none. */
export async function typeHorizon(
  tx: Tx,
  channelId: number,
  typeCode: number,
  leaves: number,
): Promise<number> {
  const [row] = await tx.query<{ size: number | null }>(
    `SELECT max(size)::float8 AS size FROM cairn.feed_horizon
      WHERE channel_id = $1 AND type_code = $2 AND leaf_index < $3`,
    [channelId, typeCode, leaves],
  );
  return row?.size ?? 0;
}

/** The latest horizon of a type below which packs are deleted: index of the snapshot, and since when they are; null when there is none. */
export async function deletedHorizon(
  tx: Tx,
  channelId: number,
  typeCode: number,
  leaves: number,
): Promise<{ size: number; deletedAt: Date } | null> {
  const [row] = await tx.query<{ size: number; deletedAt: Date }>(
    `SELECT size::float8 AS size, deleted_at AS "deletedAt" FROM cairn.feed_horizon
      WHERE channel_id = $1 AND type_code = $2 AND leaf_index < $3 AND deleted_at IS NOT NULL ORDER BY size DESC LIMIT 1`,
    [channelId, typeCode, leaves],
  );
  return row ?? null;
}

/** The latest horizons of a feed, signed or not yet, by stored number of the type. */
export async function typeHorizons(tx: Tx, channelId: number): Promise<Map<number, number>> {
  const rows = await tx.query<{ typeCode: number; size: number }>(
    `SELECT type_code AS "typeCode", max(size)::float8 AS size FROM cairn.feed_horizon WHERE channel_id = $1 GROUP BY type_code`,
    [channelId],
  );
  return new Map(rows.map(({ typeCode, size }) => [typeCode, size]));
}
