import type { Tx } from '#libs/platform';
import type { RollupWindow } from '#libs/protocol';

/** A pack that is to be stored. */
export interface StoredPack {
  readonly channelId: number;
  /** Stored number of its signal type. */
  readonly typeCode: number;
  /** SHA-256 of its bytes, hex. */
  readonly digest: string;
  readonly data: Uint8Array;
  /** Of a rollup, the leaves that it folds; null of a round. */
  readonly fold: RollupWindow | null;
}

/** Stores a pack that the next leaf of the feed announces. A set that goes back and forth gives the same pack again: then it stays as it is. */
export async function storePack(
  tx: Tx,
  { channelId, typeCode, digest, data, fold }: StoredPack,
): Promise<void> {
  await tx.query(
    `INSERT INTO cairn.pack (channel_id, digest, type_code, first_round, data, fold_from, fold_to)
      SELECT f.channel_id, decode($2, 'hex'), $3::smallint, l.size, $4::bytea, $5::bigint, $6::bigint
        FROM cairn.feed f JOIN cairn.log l ON l.id = f.log_id WHERE f.channel_id = $1
      ON CONFLICT (channel_id, digest) DO NOTHING`,
    [channelId, digest, typeCode, Buffer.from(data), fold?.from ?? null, fold?.to ?? null],
  );
}
