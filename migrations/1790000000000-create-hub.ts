import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who the hub is, and what the login roles may do by default: nothing. Every later migration grants each table to each
 * role by name; functions are closed to everybody until granted.
 */
export class CreateHub1790000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      REVOKE ALL ON SCHEMA cairn FROM PUBLIC;
      GRANT USAGE ON SCHEMA cairn TO cairn_api, cairn_worker;
      ALTER DEFAULT PRIVILEGES FOR ROLE cairn_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
    `);
    await queryRunner.query(`
      CREATE TABLE hub (
        id smallint NOT NULL DEFAULT 1 CONSTRAINT hub_pk PRIMARY KEY CONSTRAINT hub_single CHECK (id = 1),
        origin text NOT NULL CONSTRAINT hub_origin_shape CHECK (origin ~ '^[!-~]{1,255}$' AND origin !~ '[+]'),
        founded_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE hub IS 'One row: the name under which this hub signs. It never changes.';
      GRANT SELECT ON hub TO cairn_api, cairn_worker;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE hub;
      ALTER DEFAULT PRIVILEGES FOR ROLE cairn_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
      REVOKE USAGE ON SCHEMA cairn FROM cairn_api, cairn_worker;
    `);
  }
}
