import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Submissions as received, and what was decided about them. */
export class CreateIntake1795400000003 implements MigrationInterface {
  name = 'CreateIntake1795400000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cairn.submission_counter (
        member_id integer CONSTRAINT submission_counter_pk PRIMARY KEY
          CONSTRAINT submission_counter_member_fk REFERENCES cairn.member,
        received bigint NOT NULL DEFAULT 0
      );
      COMMENT ON TABLE cairn.submission_counter IS
        'submissions received so far of each member, given under the row lock; a row is made with the first';

      CREATE TABLE cairn.submission (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT submission_pk PRIMARY KEY,
        member_id integer NOT NULL CONSTRAINT submission_member_fk REFERENCES cairn.member,
        key_id integer NOT NULL CONSTRAINT submission_key_fk REFERENCES cairn.member_key,
        channel_id smallint NOT NULL CONSTRAINT submission_channel_fk REFERENCES cairn.channel,
        jti uuid NOT NULL,
        counter bigint NOT NULL,
        payload_digest bytea NOT NULL,
        manifest text NOT NULL,
        entries bytea NOT NULL,
        entry_count integer NOT NULL,
        entries_root bytea NOT NULL,
        named boolean NOT NULL,
        head_size bigint,
        head_root bytea,
        received_at timestamptz NOT NULL,
        deadline timestamptz NOT NULL,
        promise text NOT NULL,
        state text NOT NULL DEFAULT 'received'
          CONSTRAINT submission_state_ck CHECK (state IN ('received', 'decided', 'sequenced')),
        log_index bigint CONSTRAINT submission_index_uq UNIQUE,
        content_body bytea,
        author_body bytea,
        CONSTRAINT submission_jti_uq UNIQUE (member_id, jti),
        CONSTRAINT submission_counter_uq UNIQUE (member_id, counter),
        CONSTRAINT submission_sequenced_ck CHECK ((state = 'sequenced') = (log_index IS NOT NULL))
      );
      CREATE INDEX submission_due_ix ON cairn.submission (received_at) WHERE state = 'received';
      CREATE INDEX submission_of_day_ix ON cairn.submission (member_id, received_at);
      ALTER TABLE cairn.submission ALTER COLUMN entries SET STORAGE EXTERNAL;

      CREATE TABLE cairn.submission_decision (
        submission_id bigint CONSTRAINT submission_decision_pk PRIMARY KEY
          CONSTRAINT submission_decision_submission_fk REFERENCES cairn.submission,
        signal_ids bigint[] NOT NULL,
        picks smallint[] NOT NULL,
        operations smallint[] NOT NULL,
        verdicts smallint[] NOT NULL,
        codes smallint[] NOT NULL,
        labels text[] NOT NULL,
        qualities smallint[] NOT NULL,
        expires integer[] NOT NULL,
        reasons smallint[] NOT NULL
      );
      COMMENT ON TABLE cairn.submission_decision IS
        'what a worker found in the lines: of each its signal and, in picks, which of the facts (one element of each other column) are its own; rows of cairn.entry once sequenced';

      CREATE TABLE cairn.head_mismatch (
        member_id integer NOT NULL CONSTRAINT head_mismatch_member_fk REFERENCES cairn.member,
        day date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
        seen_at timestamptz NOT NULL DEFAULT now(),
        manifest text NOT NULL,
        head_size bigint NOT NULL,
        head_root bytea NOT NULL CONSTRAINT head_mismatch_head_root_ck CHECK (length(head_root) = 32),
        log_size bigint NOT NULL,
        log_root bytea CONSTRAINT head_mismatch_log_root_ck CHECK (length(log_root) = 32),
        CONSTRAINT head_mismatch_pk PRIMARY KEY (member_id, day),
        CONSTRAINT head_mismatch_differs_ck CHECK ((log_root IS NULL) = (head_size > log_size) AND log_root IS DISTINCT FROM head_root)
      );
      COMMENT ON TABLE cairn.head_mismatch IS
        'signed manifests that name a head which the log never had: somebody showed their authors another history';
      COMMENT ON COLUMN cairn.head_mismatch.log_root IS 'root of the log at head_size; null when it had fewer leaves';
      GRANT INSERT (member_id, manifest, head_size, head_root, log_size, log_root) ON cairn.head_mismatch TO cairn_api;
      GRANT SELECT ON cairn.head_mismatch TO cairn_worker;
      ALTER TABLE cairn.head_mismatch ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY head_mismatch_member ON cairn.head_mismatch FOR INSERT TO cairn_api
        WITH CHECK ((SELECT cairn.actor_kind()) = 'member');
      CREATE POLICY head_mismatch_worker ON cairn.head_mismatch TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY head_mismatch_owner ON cairn.head_mismatch TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');

      GRANT SELECT, INSERT (member_id, key_id, channel_id, jti, counter, payload_digest, manifest, entries, entry_count, entries_root,
        named, head_size, head_root, received_at, deadline, promise) ON cairn.submission TO cairn_api;
      GRANT SELECT, INSERT (member_id, received), UPDATE (received) ON cairn.submission_counter TO cairn_api;
      GRANT SELECT, UPDATE ON cairn.submission TO cairn_worker;
      GRANT SELECT, INSERT, DELETE ON cairn.submission_decision TO cairn_worker;
      GRANT SELECT ON cairn.submission_counter TO cairn_worker;

      ALTER TABLE cairn.submission ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY submission_member ON cairn.submission TO cairn_api USING (member_id = (SELECT cairn.actor_member()));
      CREATE POLICY submission_proof ON cairn.submission FOR SELECT TO cairn_api USING ((SELECT cairn.actor_proves()));
      CREATE POLICY submission_worker ON cairn.submission TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY submission_owner ON cairn.submission TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');

      ALTER TABLE cairn.submission_counter ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY submission_counter_member ON cairn.submission_counter TO cairn_api USING (member_id = (SELECT cairn.actor_member()));
      CREATE POLICY submission_counter_worker ON cairn.submission_counter TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY submission_counter_owner ON cairn.submission_counter TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');

      ALTER TABLE cairn.submission_decision ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY submission_decision_worker ON cairn.submission_decision TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY submission_decision_owner ON cairn.submission_decision TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE cairn.head_mismatch, cairn.submission_decision, cairn.submission, cairn.submission_counter`,
    );
  }
}
