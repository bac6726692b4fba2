import type { Tx } from '#libs/platform';

/**
 * Leaf data of buckets from the records as they stand now: key, metadata and value of each behind their lengths, in order of key
 * (docs/protocol-feed.md, "Set root"). Buckets without a record are left out.
 */
export async function readBuckets(
  tx: Tx,
  { channelId, typeCode }: { readonly channelId: number; readonly typeCode: number },
  buckets: readonly number[],
): Promise<Map<number, Buffer>> {
  const rows = await tx.query<{ bucket: number; data: Buffer }>(
    `SELECT t.bucket, string_agg(int2send(length(r.key)::smallint) || r.key || int2send(length(r.metadata)::smallint)
                                   || r.metadata || '\\x00000000'::bytea, ''::bytea ORDER BY r.key) AS data
       FROM unnest($3::integer[]) AS t (bucket)
      CROSS JOIN LATERAL (
        SELECT key, metadata FROM cairn.record
         WHERE channel_id = $1 AND type_code = $2 AND bucket = t.bucket AND metadata IS NOT NULL OFFSET 0) r
      GROUP BY t.bucket`,
    [channelId, typeCode, buckets],
  );
  return new Map(rows.map(({ bucket, data }) => [bucket, data]));
}
