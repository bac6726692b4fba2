import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Columns that hold hash values. Their indexes are unique or made for lookups by equality, which need no statistics. */
const COLUMNS = [
  ['signal', 'key'],
  ['record', 'key'],
  ['submission', 'entries'],
  ['pack', 'data'],
  ['log_state_leaf', 'data'],
] as const;

/** As `create-states` has it. */
const LEAF_HASH = `
  ALTER TABLE cairn.log_state_leaf ADD COLUMN hash bytea NOT NULL GENERATED ALWAYS AS (sha256('\\x00'::bytea || data)) STORED;
  COMMENT ON COLUMN cairn.log_state_leaf.hash IS 'RFC 9162 leaf hash';
`;

/**
 * Keeps hash values out of the planner's statistics: `pg_statistic` holds samples of a column's values until the next analysis, so an erased value
 * could outlive its row there. Naming the type anew drops the samples that there are; only `log_state_leaf` is rewritten.
 */
export class ForgetKeyStatistics1795400000033 implements MigrationInterface {
  name = 'ForgetKeyStatistics1795400000033';

  async up(runner: QueryRunner): Promise<void> {
    // A column that another is generated from keeps its type, and with it its samples.
    await runner.query('ALTER TABLE cairn.log_state_leaf DROP COLUMN hash');
    for (const [table, column] of COLUMNS) {
      await runner.query(
        `ALTER TABLE cairn.${table} ALTER COLUMN ${column} TYPE bytea, ALTER COLUMN ${column} SET STATISTICS 0`,
      );
    }
    await runner.query(LEAF_HASH);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, column] of COLUMNS)
      await runner.query(`ALTER TABLE cairn.${table} ALTER COLUMN ${column} SET STATISTICS -1`);
  }
}
