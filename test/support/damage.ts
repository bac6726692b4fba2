import type { Database, Tx } from '#libs/platform';

/** Damage to stored bytes, done as the owner of the tables, below whatever the programs check. */
export interface Damage {
  mount(tx: Tx): Promise<void>;
  repair(tx: Tx): Promise<void>;
}

/** The lowest bit of one byte of a tile: hash `hash` of tile `level`/`n`. */
export function flippedTile(logId: number, level: number, n: number, hash: number): Damage {
  return flipped('cairn.log_tile', 'hashes', 'log_id = $2 AND level = $3 AND n = $4', 32 * hash + 7, [
    logId,
    level,
    n,
  ]);
}

/** The lowest bit of one byte of an entry bundle. */
export function flippedBundle(logId: number, n: number, offset: number): Damage {
  return flipped('cairn.log_bundle', 'data', 'log_id = $2 AND n = $3', offset, [logId, n]);
}

/** The lowest bit of one byte of a log's root. */
export function flippedRoot(logId: number): Damage {
  return flipped('cairn.log', 'root', 'id = $2', 31, [logId]);
}

/** An entry bundle that is gone. */
export function deletedBundle(logId: number, n: number): Damage {
  let kept: { width: number; data: Buffer } | undefined;
  return {
    async mount(tx) {
      const deleted = await tx.query<{ width: number; data: Buffer }>(
        'DELETE FROM cairn.log_bundle WHERE log_id = $1 AND n = $2 RETURNING width, data',
        [logId, n],
      );
      kept = deleted[0]!;
    },
    async repair(tx) {
      await tx.query('INSERT INTO cairn.log_bundle VALUES ($1, $2, $3, $4)', [
        logId,
        n,
        kept!.width,
        kept!.data,
      ]);
    },
  };
}

/** A byte changed and, by the same statement, changed back. */
function flipped(table: string, column: string, where: string, offset: number, key: unknown[]): Damage {
  const flip = async (tx: Tx): Promise<void> => {
    const sql = `UPDATE ${table} SET ${column} = set_byte(${column}, $1, get_byte(${column}, $1) # 1) WHERE ${where}`;
    const rows = await tx.execute(sql, [offset, ...key]);
    if (rows !== 1) throw new Error(`${table}: there is no such row to damage`);
  };
  return { mount: flip, repair: flip };
}

/** Does something to logs that a trigger forbids to everybody: a log that shrinks, as after the restore of an old backup. */
export async function withoutLogTrigger(owner: Database, work: (tx: Tx) => Promise<void>): Promise<void> {
  await owner.transaction('shrink-log', 'system:test', async (tx) => {
    await tx.query('ALTER TABLE cairn.log DISABLE TRIGGER log_append_only');
    await work(tx);
    await tx.query('ALTER TABLE cairn.log ENABLE TRIGGER log_append_only');
  });
}
