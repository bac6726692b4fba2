import type { Tx } from '#libs/platform';
import type { RollupWindow } from '#libs/protocol';
import { ByteBudgetCache, FORGET_MS } from './byte-budget-cache.js';

/** Bytes of packs that are kept. */
const CACHE_BYTES = 64 * 1024 * 1024;

/** A pack as it is served. */
export interface ServedPack {
  readonly bytes: Buffer;
  /** Stored number of its signal type. */
  readonly typeCode: number;
  /** Index of the first leaf that announces it. */
  readonly round: number;
  /** The leaves that it folds, when that leaf is a rollup; null when it is a round. */
  readonly fold: RollupWindow | null;
}

/**
 * Packs for whoever may have them. All members fetch the same ones, so those served lately are kept; whether one is served at all is asked of
 * the database each time.
 */
export class ServedPacks {
  private readonly kept = new ByteBudgetCache<Buffer>(CACHE_BYTES, FORGET_MS);

  /**
   * The pack of that digest, if a leaf under the latest checkpoint of the channel's feed announces it, or null. Its bytes come as base64,
   * which is shorter than the driver's hex.
   */
  async read(tx: Tx, channel: string, digest: string): Promise<ServedPack | null> {
    const kept = this.kept.get(digest);
    const [row] = await tx.query<Omit<ServedPack, 'bytes'> & { data: string | null }>(
      `SELECT CASE WHEN $3 THEN NULL ELSE encode(p.data, 'base64') END AS data,
              p.type_code AS "typeCode", p.first_round::float8 AS round,
              CASE WHEN p.fold_from IS NOT NULL THEN json_build_object('from', p.fold_from, 'to', p.fold_to) END AS fold
         FROM cairn.pack p
         JOIN cairn.channel c ON c.id = p.channel_id JOIN cairn.feed f ON f.channel_id = c.id
        WHERE c.name = $1 AND p.digest = decode($2, 'hex')
          AND p.first_round < (SELECT max(size) FROM cairn.checkpoint WHERE log_id = f.log_id)`,
      [channel, digest, kept !== undefined],
    );
    if (row === undefined) {
      this.kept.delete(digest);
      return null;
    }
    const { data, ...place } = row;
    const bytes = kept ?? Buffer.from(data!, 'base64');
    this.kept.set(digest, bytes, bytes.length);
    return { bytes, ...place };
  }
}

/** Whether the pack of that digest was announced, and is deleted. */
export async function isDeletedPack(tx: Tx, channel: string, digest: string): Promise<boolean> {
  const rows = await tx.query(
    `SELECT 1 FROM cairn.deleted_pack p JOIN cairn.channel c ON c.id = p.channel_id
      WHERE c.name = $1 AND p.digest = decode($2, 'hex')`,
    [channel, digest],
  );
  return rows.length > 0;
}
