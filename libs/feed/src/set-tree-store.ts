import type { Tx } from '#libs/platform';
import { SetTree } from '#libs/protocol';
import { equalBytes } from '#libs/tlog';
import { decodeLeafChanges, encodeLeafChanges } from './leaf-changes.js';

/** The set of one signal type in one feed, as the last round left it. */
export interface FeedSet {
  channelId: number;
  typeCode: number;
  records: number;
  tree: SetTree;
}

interface KeptTree {
  readonly tree: SetTree;
  /** Bytes of the changes that the stored tiles lack. */
  readonly changed: number;
}

/**
 * Set trees in the database, with those used lately kept in memory. A round stores only the leaves it changed; once they are as
 * many as the tiles, the tiles are written and the changes forgotten. A kept tree is used only when its root is the one that the
 * database holds, so a round that was rolled back, or published by another process, costs a reload and nothing else.
 */
export class SetTreeStore {
  private readonly kept = new Map<string, KeptTree>();

  /** @param mostChangedBytes bytes of changes beyond which the tiles are written */
  constructor(private readonly mostChangedBytes: number) {}

  async load(tx: Tx, channelId: number, typeCode: number): Promise<FeedSet> {
    const [row] = await tx.query<{ records: number; root: Buffer }>(
      'SELECT records::float8 AS records, root FROM cairn.feed_type WHERE channel_id = $1 AND type_code = $2',
      [channelId, typeCode],
    );
    if (row === undefined) return { channelId, typeCode, records: 0, tree: SetTree.empty() };
    const kept = this.kept.get(nameOf(channelId, typeCode));
    const { tree } =
      kept !== undefined && row.root.equals(kept.tree.root)
        ? kept
        : await this.restore(tx, channelId, typeCode, row.root);
    return { channelId, typeCode, records: row.records, tree };
  }

  private async restore(tx: Tx, channelId: number, typeCode: number, root: Buffer): Promise<KeptTree> {
    const tiles = await tx.query<{ level: 0 | 1; index: number; hashes: Buffer }>(
      'SELECT level, n AS index, hashes FROM cairn.set_tile WHERE channel_id = $1 AND type_code = $2',
      [channelId, typeCode],
    );
    const changes = await tx.query<{ leaves: Buffer }>(
      'SELECT leaves FROM cairn.set_change WHERE channel_id = $1 AND type_code = $2 ORDER BY n',
      [channelId, typeCode],
    );
    const leaves = new Map(changes.flatMap((change) => decodeLeafChanges(change.leaves)));
    const { tree } = SetTree.restore(tiles).update(leaves);
    if (!equalBytes(tree.root, root)) {
      throw new Error(
        `channel ${channelId}, type ${typeCode}: the stored set tree does not lead to the stored root`,
      );
    }
    const kept = { tree, changed: changes.reduce((sum, change) => sum + change.leaves.length, 0) };
    this.kept.set(nameOf(channelId, typeCode), kept);
    return kept;
  }

  /** Writes a set after a round: count, root and the leaves that changed. */
  async save(tx: Tx, set: FeedSet, leaves: ReadonlyMap<number, Uint8Array>): Promise<void> {
    const { channelId, typeCode, records, tree } = set;
    await tx.query(
      `INSERT INTO cairn.feed_type (channel_id, type_code, records, root) VALUES ($1, $2, $3, $4)
        ON CONFLICT (channel_id, type_code) DO UPDATE SET records = excluded.records, root = excluded.root`,
      [channelId, typeCode, records, Buffer.from(tree.root)],
    );
    const change = encodeLeafChanges(leaves);
    const changed = (this.kept.get(nameOf(channelId, typeCode))?.changed ?? 0) + change.length;
    const writesTiles = changed > this.mostChangedBytes;
    if (writesTiles) await writeTiles(tx, set);
    else {
      await tx.query('INSERT INTO cairn.set_change (channel_id, type_code, leaves) VALUES ($1, $2, $3)', [
        channelId,
        typeCode,
        change,
      ]);
    }
    this.kept.set(nameOf(channelId, typeCode), { tree, changed: writesTiles ? 0 : changed });
  }
}

function nameOf(channelId: number, typeCode: number): string {
  return `${channelId}/${typeCode}`;
}

async function writeTiles(tx: Tx, { channelId, typeCode, tree }: FeedSet): Promise<void> {
  const place = [channelId, typeCode];
  const tiles = tree.tiles();
  await tx.query('DELETE FROM cairn.set_change WHERE channel_id = $1 AND type_code = $2', place);
  await tx.query('DELETE FROM cairn.set_tile WHERE channel_id = $1 AND type_code = $2', place);
  await tx.query(
    `INSERT INTO cairn.set_tile (channel_id, type_code, level, n, hashes)
      SELECT $1, $2, * FROM unnest($3::smallint[], $4::smallint[], $5::bytea[])`,
    [
      ...place,
      tiles.map((tile) => tile.level),
      tiles.map((tile) => tile.index),
      tiles.map((tile) => Buffer.from(tile.hashes)),
    ],
  );
}
