import { withoutLogTrigger } from './damage.js';
import type { TestDatabase } from './postgres.js';
import type { StoredLog } from './stored-log.js';

const TABLES = ['log_bundle', 'log_tile', 'checkpoint'] as const;

/** Saves everything that the database knows of a log and of what was signed of it, and gives what puts it back. */
export async function backUp(
  test: TestDatabase,
  log: StoredLog,
  name = 'backup',
): Promise<() => Promise<void>> {
  const head = await log.head();
  await test.admin.transaction('backup', 'system:test', async (tx) => {
    for (const table of TABLES)
      await tx.query(
        `CREATE TABLE cairn.${name}_${log.id}_${table} AS SELECT * FROM cairn.${table} WHERE log_id = ${log.id}`,
      );
  });
  return () =>
    withoutLogTrigger(test.admin, async (tx) => {
      for (const table of TABLES) {
        await tx.query(`DELETE FROM cairn.${table} WHERE log_id = $1`, [log.id]);
        await tx.query(`INSERT INTO cairn.${table} SELECT * FROM cairn.${name}_${log.id}_${table}`);
      }
      await tx.query('UPDATE cairn.log SET size = $2, root = $3 WHERE id = $1', [
        log.id,
        head.size,
        head.root,
      ]);
    });
}
