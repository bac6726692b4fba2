import type { Tx } from '#libs/platform';
import { SetTree, type SetTileChange } from '#libs/protocol';

/** The set of one signal type in one feed, as the last round left it. */
export interface FeedSet {
  channelId: number;
  typeCode: number;
  records: number;
  tree: SetTree;
}

/**
 * Set trees in the database, with those used lately kept in memory. A kept tree is used only when its root is the one that the
 * database holds, so a round that was rolled back, or published by another process, costs a reload and nothing else.
 */
export class SetTreeStore {
  private readonly kept = new Map<string, SetTree>();

  async load(tx: Tx, channelId: number, typeCode: number): Promise<FeedSet> {
    const [row] = await tx.query<{ records: number; root: Buffer }>(
      'SELECT records::float8 AS records, root FROM cairn.feed_type WHERE channel_id = $1 AND type_code = $2',
      [channelId, typeCode],
    );
    if (row === undefined) return { channelId, typeCode, records: 0, tree: SetTree.empty() };
    const kept = this.kept.get(`${channelId}/${typeCode}`);
    const current = kept !== undefined && row.root.equals(kept.root);
    const tree = current ? kept : await this.restore(tx, channelId, typeCode);
    return { channelId, typeCode, records: row.records, tree };
  }

  private async restore(tx: Tx, channelId: number, typeCode: number): Promise<SetTree> {
    const tiles = await tx.query<{ level: 0 | 1; index: number; hashes: Buffer }>(
      'SELECT level, n AS index, hashes FROM cairn.set_tile WHERE channel_id = $1 AND type_code = $2',
      [channelId, typeCode],
    );
    return SetTree.restore(tiles);
  }

  /** Writes a set after a round: count, root and the tiles that changed. */
  async save(tx: Tx, set: FeedSet, changed: readonly SetTileChange[]): Promise<void> {
    const { channelId, typeCode, records, tree } = set;
    await tx.query(
      `INSERT INTO cairn.feed_type (channel_id, type_code, records, root) VALUES ($1, $2, $3, $4)
        ON CONFLICT (channel_id, type_code) DO UPDATE SET records = excluded.records, root = excluded.root`,
      [channelId, typeCode, records, Buffer.from(tree.root)],
    );
    const latest = [...new Map(changed.map((tile) => [`${tile.level}/${tile.index}`, tile])).values()];
    await this.writeTiles(tx, set, latest);
    this.kept.set(`${channelId}/${typeCode}`, tree);
  }

  private async writeTiles(tx: Tx, set: FeedSet, tiles: readonly SetTileChange[]): Promise<void> {
    const place = [set.channelId, set.typeCode];
    const written = tiles.filter((tile) => tile.hashes !== null);
    await tx.query(
      `INSERT INTO cairn.set_tile (channel_id, type_code, level, n, hashes)
        SELECT $1, $2, * FROM unnest($3::smallint[], $4::smallint[], $5::bytea[])
        ON CONFLICT (channel_id, type_code, level, n) DO UPDATE SET hashes = excluded.hashes`,
      [
        ...place,
        written.map((tile) => tile.level),
        written.map((tile) => tile.index),
        written.map((tile) => Buffer.from(tile.hashes!)),
      ],
    );
    const empty = tiles.filter((tile) => tile.hashes === null);
    if (empty.length === 0) return;
    await tx.query(
      `DELETE FROM cairn.set_tile WHERE channel_id = $1 AND type_code = $2
        AND (level, n) IN (SELECT * FROM unnest($3::smallint[], $4::smallint[]))`,
      [...place, empty.map((tile) => tile.level), empty.map((tile) => tile.index)],
    );
  }
}
