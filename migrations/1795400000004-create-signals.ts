import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Signals, the operations on them in log order, and their records: the projection of the provenance log. */
export class CreateSignals1795400000004 implements MigrationInterface {
  name = 'CreateSignals1795400000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cairn.signal (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT signal_pk PRIMARY KEY,
        type_code smallint NOT NULL,
        key bytea NOT NULL,
        CONSTRAINT signal_key_uq UNIQUE (type_code, key)
      );

      CREATE TABLE cairn.entry (
        log_index bigint NOT NULL,
        line smallint NOT NULL,
        channel_id smallint NOT NULL,
        signal_id bigint NOT NULL,
        member_id integer NOT NULL,
        key_id integer NOT NULL,
        operation smallint NOT NULL,
        verdict smallint NOT NULL,
        code smallint NOT NULL,
        effect smallint NOT NULL DEFAULT 0,
        void boolean NOT NULL DEFAULT false,
        named boolean NOT NULL,
        prev bigint,
        labels smallint[],
        quality smallint,
        expires integer,
        reason smallint,
        CONSTRAINT entry_pk PRIMARY KEY (log_index, line)
      );
      COMMENT ON COLUMN cairn.entry.effect IS '0 once applied with effect; else why it has none (docs/architecture.md)';
      CREATE INDEX entry_signal_ix ON cairn.entry (signal_id, channel_id, log_index);
      CREATE INDEX entry_expires_ix ON cairn.entry (expires) WHERE expires IS NOT NULL;

      CREATE TABLE cairn.record (
        signal_id bigint NOT NULL,
        channel_id smallint NOT NULL,
        type_code smallint NOT NULL,
        bucket integer NOT NULL CONSTRAINT record_bucket_ck CHECK (bucket BETWEEN 0 AND 65535),
        key bytea NOT NULL,
        metadata bytea,
        reason smallint NOT NULL DEFAULT 0,
        CONSTRAINT record_pk PRIMARY KEY (signal_id, channel_id)
      );
      COMMENT ON COLUMN cairn.record.metadata IS 'as in the feed; null when the feed does not hold the signal';
      CREATE INDEX record_bucket_ix ON cairn.record (channel_id, type_code, bucket) WHERE metadata IS NOT NULL;

      CREATE TABLE cairn.projection (
        id smallint CONSTRAINT projection_pk PRIMARY KEY CONSTRAINT projection_one_ck CHECK (id = 1),
        size bigint NOT NULL,
        tick_time bigint NOT NULL
      );
      INSERT INTO cairn.projection VALUES (1, 0, 0);

      GRANT SELECT ON cairn.signal, cairn.entry, cairn.projection TO cairn_api;
      GRANT SELECT, INSERT ON cairn.signal TO cairn_worker;
      GRANT SELECT, INSERT, UPDATE ON cairn.entry, cairn.record, cairn.projection TO cairn_worker;

      ALTER TABLE cairn.signal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY signal_proof ON cairn.signal FOR SELECT TO cairn_api USING ((SELECT cairn.actor_proves()));
      CREATE POLICY signal_worker ON cairn.signal TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY signal_owner ON cairn.signal TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');

      ALTER TABLE cairn.entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY entry_member ON cairn.entry FOR SELECT TO cairn_api USING (member_id = (SELECT cairn.actor_member()));
      CREATE POLICY entry_proof ON cairn.entry FOR SELECT TO cairn_api USING ((SELECT cairn.actor_proves()));
      CREATE POLICY entry_worker ON cairn.entry TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY entry_owner ON cairn.entry TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE cairn.projection, cairn.record, cairn.entry, cairn.signal`);
  }
}
