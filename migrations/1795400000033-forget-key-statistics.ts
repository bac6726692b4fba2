import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Columns that hold hash values. Their indexes are unique or made for lookups by equality, which need no statistics. */
const COLUMNS = [
  ['signal', 'key'],
  ['record', 'key'],
  ['submission', 'entries'],
  ['pack', 'data'],
  ['log_state_leaf', 'data'],
] as const;

/**
 * Keeps hash values out of the planner's statistics: `pg_statistic` holds samples of a column's values until the next analysis, so an erased value
 * could outlive its row there. Naming the type anew drops the samples that there are; nothing is rewritten.
 */
export class ForgetKeyStatistics1795400000033 implements MigrationInterface {
  name = 'ForgetKeyStatistics1795400000033';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, column] of COLUMNS) {
      const isGenerated = table === 'log_state_leaf';
      if (isGenerated)
        await runner.query(`ALTER TABLE cairn.${table} ALTER COLUMN ${column} SET STATISTICS 0`);
      else
        await runner.query(
          `ALTER TABLE cairn.${table} ALTER COLUMN ${column} TYPE bytea, ALTER COLUMN ${column} SET STATISTICS 0`,
        );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, column] of COLUMNS)
      await runner.query(`ALTER TABLE cairn.${table} ALTER COLUMN ${column} SET STATISTICS -1`);
  }
}
