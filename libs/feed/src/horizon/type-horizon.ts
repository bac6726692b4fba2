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

/** The latest horizons of a feed, signed or not yet, by stored number of the type. */
export async function typeHorizons(tx: Tx, channelId: number): Promise<Map<number, number>> {
  const rows = await tx.query<{ typeCode: number; size: number }>(
    `SELECT type_code AS "typeCode", max(size)::float8 AS size FROM cairn.feed_horizon WHERE channel_id = $1 GROUP BY type_code`,
    [channelId],
  );
  return new Map(rows.map(({ typeCode, size }) => [typeCode, size]));
}
