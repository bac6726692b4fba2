import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Logs (one for provenance, one per feed) in the layout of C2SP tlog-tiles, and what waits to be sequenced. */
export class CreateLedger1795400000001 implements MigrationInterface {
  name = 'CreateLedger1795400000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cairn.log (
        id smallint GENERATED ALWAYS AS IDENTITY CONSTRAINT log_pk PRIMARY KEY,
        origin text NOT NULL CONSTRAINT log_origin_uq UNIQUE,
        feed text CONSTRAINT log_feed_uq UNIQUE,
        size bigint NOT NULL DEFAULT 0 CONSTRAINT log_size_ck CHECK (size >= 0),
        root bytea NOT NULL CONSTRAINT log_root_ck CHECK (length(root) = 32),
        last_time bigint NOT NULL DEFAULT 0
      );
      COMMENT ON COLUMN cairn.log.feed IS 'channel of a feed log; null for the provenance log';
      CREATE UNIQUE INDEX log_provenance_uq ON cairn.log ((feed IS NULL)) WHERE feed IS NULL;
      COMMENT ON COLUMN cairn.log.last_time IS 'leaf time of the latest entry, Unix milliseconds; never decreases';

      CREATE TABLE cairn.log_bundle (
        log_id smallint NOT NULL CONSTRAINT log_bundle_log_fk REFERENCES cairn.log,
        n bigint NOT NULL,
        width smallint NOT NULL CONSTRAINT log_bundle_width_ck CHECK (width BETWEEN 1 AND 256),
        data bytea NOT NULL,
        CONSTRAINT log_bundle_pk PRIMARY KEY (log_id, n)
      );
      CREATE TABLE cairn.log_tile (
        log_id smallint NOT NULL CONSTRAINT log_tile_log_fk REFERENCES cairn.log,
        level smallint NOT NULL CONSTRAINT log_tile_level_ck CHECK (level BETWEEN 0 AND 6),
        n bigint NOT NULL,
        width smallint NOT NULL CONSTRAINT log_tile_width_ck CHECK (width BETWEEN 1 AND 256),
        hashes bytea NOT NULL CONSTRAINT log_tile_hashes_ck CHECK (length(hashes) = 32 * width),
        CONSTRAINT log_tile_pk PRIMARY KEY (log_id, level, n)
      );

      CREATE TABLE cairn.checkpoint (
        log_id smallint NOT NULL CONSTRAINT checkpoint_log_fk REFERENCES cairn.log,
        size bigint NOT NULL,
        root bytea NOT NULL CONSTRAINT checkpoint_root_ck CHECK (length(root) = 32),
        note text NOT NULL,
        signed_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT checkpoint_pk PRIMARY KEY (log_id, size)
      );

      CREATE TABLE cairn.pending_statement (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pending_statement_pk PRIMARY KEY,
        dedup_key text NOT NULL CONSTRAINT pending_statement_dedup_uq UNIQUE,
        body json,
        submission_id bigint CONSTRAINT pending_statement_submission_uq UNIQUE,
        lane text,
        lane_number bigint,
        weight integer NOT NULL DEFAULT 1,
        log_index bigint CONSTRAINT pending_statement_index_uq UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pending_statement_body_ck CHECK ((body IS NULL) <> (submission_id IS NULL)),
        CONSTRAINT pending_statement_lane_uq UNIQUE (lane, lane_number),
        CONSTRAINT pending_statement_lane_ck CHECK ((lane IS NULL) = (lane_number IS NULL))
      );
      COMMENT ON COLUMN cairn.pending_statement.lane IS
        'statements of a lane are sequenced by lane_number, from 1 and without a gap: a member''s submissions are one lane';
      COMMENT ON COLUMN cairn.pending_statement.weight IS 'entries behind the statement: bounds the work of one transaction';
      CREATE TABLE cairn.statement_lane (
        lane text CONSTRAINT statement_lane_pk PRIMARY KEY,
        sequenced bigint NOT NULL
      );
      COMMENT ON COLUMN cairn.pending_statement.id IS 'arrival, not order: the log index is the only cursor';
      CREATE INDEX pending_statement_waiting_ix ON cairn.pending_statement (id) WHERE log_index IS NULL;

      ALTER TABLE cairn.log_bundle ALTER COLUMN data SET STORAGE EXTERNAL;
      ALTER TABLE cairn.log_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

      CREATE FUNCTION cairn.refuse_shrinking_log() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' OR NEW.size < OLD.size OR NEW.last_time < OLD.last_time THEN
          RAISE EXCEPTION 'a log never shrinks';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER log_append_only BEFORE UPDATE OR DELETE ON cairn.log
        FOR EACH ROW EXECUTE FUNCTION cairn.refuse_shrinking_log();

      GRANT SELECT ON cairn.log, cairn.log_bundle, cairn.log_tile, cairn.checkpoint TO cairn_api;
      GRANT SELECT, INSERT, UPDATE ON cairn.log, cairn.log_bundle, cairn.log_tile, cairn.pending_statement,
        cairn.statement_lane TO cairn_worker;
      GRANT SELECT, INSERT ON cairn.checkpoint TO cairn_worker;

      GRANT INSERT (dedup_key, body) ON cairn.pending_statement TO cairn_api;
      ALTER TABLE cairn.pending_statement ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY pending_statement_person ON cairn.pending_statement FOR INSERT TO cairn_api
        WITH CHECK ((SELECT cairn.actor_kind()) = 'person');
      CREATE POLICY pending_statement_worker ON cairn.pending_statement TO cairn_worker
        USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY pending_statement_owner ON cairn.pending_statement TO cairn_owner
        USING ((SELECT cairn.actor_kind()) = 'system');
      CREATE POLICY pending_statement_triggers ON cairn.pending_statement FOR INSERT TO cairn_owner
        WITH CHECK ((SELECT cairn.actor_kind()) IS NOT NULL);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE cairn.statement_lane, cairn.pending_statement, cairn.checkpoint, cairn.log_tile, cairn.log_bundle, cairn.log;
      DROP FUNCTION cairn.refuse_shrinking_log();
    `);
  }
}
