import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets auditors list which members named a head that the log never had, in the order in which that was met. */
export class CreateHeadMismatchList1795400000027 implements MigrationInterface {
  name = 'CreateHeadMismatchList1795400000027';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE cairn.head_mismatch
        ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT head_mismatch_id_uq UNIQUE;
      CREATE TRIGGER head_mismatch_append_only BEFORE UPDATE OR DELETE ON cairn.head_mismatch
        FOR EACH ROW EXECUTE FUNCTION cairn.refuse_rewriting();
      CREATE TRIGGER head_mismatch_not_emptied BEFORE TRUNCATE ON cairn.head_mismatch
        FOR EACH STATEMENT EXECUTE FUNCTION cairn.refuse_rewriting();
      GRANT SELECT ON cairn.head_mismatch TO cairn_api;
      CREATE POLICY head_mismatch_auditor ON cairn.head_mismatch FOR SELECT TO cairn_api
        USING ((SELECT cairn.actor_holds('auditor')));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP POLICY head_mismatch_auditor ON cairn.head_mismatch;
      REVOKE SELECT ON cairn.head_mismatch FROM cairn_api;
      DROP TRIGGER head_mismatch_not_emptied ON cairn.head_mismatch;
      DROP TRIGGER head_mismatch_append_only ON cairn.head_mismatch;
      ALTER TABLE cairn.head_mismatch DROP COLUMN id;
    `);
  }
}
