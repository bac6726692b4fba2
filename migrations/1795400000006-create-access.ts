import type { MigrationInterface, QueryRunner } from 'typeorm';

/** State of the token endpoint: identifiers of client assertions that were used, until they expire. */
export class CreateAccess1795400000006 implements MigrationInterface {
  name = 'CreateAccess1795400000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cairn.token_state (
        model text NOT NULL,
        id text NOT NULL,
        payload json NOT NULL,
        consumed_at timestamptz,
        expires_at timestamptz,
        CONSTRAINT token_state_pk PRIMARY KEY (model, id)
      );
      COMMENT ON TABLE cairn.token_state IS 'which assertions and logout tokens were used; their ids are stored as digests';
      CREATE INDEX token_state_expires_ix ON cairn.token_state (expires_at);
      GRANT SELECT, INSERT, UPDATE, DELETE ON cairn.token_state TO cairn_api;
      GRANT SELECT, DELETE ON cairn.token_state TO cairn_worker;

      ALTER TABLE cairn.token_state ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY token_state_api ON cairn.token_state TO cairn_api USING ((SELECT cairn.actor_kind()) = 'system');
      CREATE POLICY token_state_worker ON cairn.token_state TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY token_state_owner ON cairn.token_state TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE cairn.token_state`);
  }
}
