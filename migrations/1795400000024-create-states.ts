import type { MigrationInterface, QueryRunner } from 'typeorm';

/** States: what follows from the provenance log up to a size, as leaves under a root in the log (docs/protocol-state.md). */
export class CreateStates1795400000024 implements MigrationInterface {
  name = 'CreateStates1795400000024';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(ACCESS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE cairn.log_state_head, cairn.log_state_leaf, cairn.log_state`);
  }
}

const TABLES = `
  CREATE TABLE cairn.log_state (
    size bigint CONSTRAINT log_state_pk PRIMARY KEY CONSTRAINT log_state_size_ck CHECK (size >= 1),
    root bytea NOT NULL CONSTRAINT log_state_root_ck CHECK (length(root) = 32),
    log_index bigint CONSTRAINT log_state_index_uq UNIQUE,
    kept boolean NOT NULL DEFAULT true,
    CONSTRAINT log_state_late_ck CHECK (log_index >= size)
  );
  COMMENT ON COLUMN cairn.log_state.log_index IS 'of the statement, once it was applied';
  COMMENT ON COLUMN cairn.log_state.kept IS 'whether its leaves are still there';

  CREATE TABLE cairn.log_state_leaf (
    size bigint NOT NULL
      CONSTRAINT log_state_leaf_state_fk REFERENCES cairn.log_state DEFERRABLE INITIALLY DEFERRED,
    number smallint NOT NULL CONSTRAINT log_state_leaf_number_ck CHECK (number BETWEEN 0 AND 256),
    data bytea NOT NULL CONSTRAINT log_state_leaf_data_ck CHECK (length(data) BETWEEN 16 AND 268435456),
    hash bytea NOT NULL GENERATED ALWAYS AS (sha256('\\x00'::bytea || data)) STORED,
    CONSTRAINT log_state_leaf_pk PRIMARY KEY (size, number)
  );
  ALTER TABLE cairn.log_state_leaf ALTER COLUMN data SET STORAGE EXTERNAL;
  COMMENT ON COLUMN cairn.log_state_leaf.data IS 'exact bytes, the salt first: of all channels, with the authors of anonymous entries';
  COMMENT ON COLUMN cairn.log_state_leaf.hash IS 'RFC 9162 leaf hash';

  CREATE TABLE cairn.log_state_head (
    id smallint CONSTRAINT log_state_head_pk PRIMARY KEY CONSTRAINT log_state_head_one_ck CHECK (id = 1),
    size bigint NOT NULL,
    made_time bigint
  );
  INSERT INTO cairn.log_state_head VALUES (1, 0, NULL);
  COMMENT ON TABLE cairn.log_state_head IS 'the latest state; its row lock lets one worker at a time make one';
  COMMENT ON COLUMN cairn.log_state_head.made_time IS 'Unix milliseconds; null before the first';`;

const ACCESS = `
  GRANT SELECT ON cairn.log_state, cairn.log_state_leaf TO cairn_api;
  GRANT SELECT, INSERT, UPDATE (log_index, kept) ON cairn.log_state TO cairn_worker;
  GRANT SELECT, INSERT, DELETE ON cairn.log_state_leaf TO cairn_worker;
  GRANT SELECT, UPDATE (size, made_time) ON cairn.log_state_head TO cairn_worker;
  ALTER TABLE cairn.log_state_leaf ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY log_state_leaf_auditor ON cairn.log_state_leaf FOR SELECT TO cairn_api USING ((SELECT cairn.actor_holds('auditor')));
  CREATE POLICY log_state_leaf_worker ON cairn.log_state_leaf TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY log_state_leaf_owner ON cairn.log_state_leaf TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');`;
