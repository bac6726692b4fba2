import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Conformance runs: what the hub asked a member to show, what it showed, and who was let into a channel without. Rows are only added;
 * whether a run passed follows from its steps.
 */
export class CreateConformance1795400000012 implements MigrationInterface {
  name = 'CreateConformance1795400000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(GRANTS);
    for (const table of ['conformance_run', 'conformance_step']) {
      await runner.query(`${fence(table)}
        CREATE POLICY ${table}_member ON cairn.${table} TO cairn_api USING (member_id = (SELECT cairn.actor_member()));
        CREATE POLICY ${table}_person ON cairn.${table} FOR SELECT TO cairn_api USING ((SELECT cairn.actor_kind()) = 'person');`);
    }
    await runner.query(`${fence('conformance_waiver')}
      CREATE POLICY conformance_waiver_person ON cairn.conformance_waiver TO cairn_api
        USING ((SELECT cairn.actor_kind()) = 'person');`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE cairn.conformance_waiver, cairn.conformance_step, cairn.conformance_run');
  }
}

const TABLES = `
  CREATE TABLE cairn.conformance_run (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT conformance_run_pk PRIMARY KEY,
    run uuid NOT NULL CONSTRAINT conformance_run_uq UNIQUE,
    member_id integer NOT NULL CONSTRAINT conformance_run_member_fk REFERENCES cairn.member,
    challenge bytea NOT NULL CONSTRAINT conformance_run_challenge_ck CHECK (octet_length(challenge) = 32),
    started_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT conformance_run_life_ck CHECK (expires_at > started_at AND expires_at <= started_at + interval '1 day'),
    CONSTRAINT conformance_run_facts_uq UNIQUE (id, member_id, expires_at)
  );
  COMMENT ON COLUMN cairn.conformance_run.challenge IS 'from which values and salts of the run follow; never shown';
  CREATE INDEX conformance_run_member_ix ON cairn.conformance_run (member_id, started_at);

  CREATE TABLE cairn.conformance_step (
    run_id integer NOT NULL,
    member_id integer NOT NULL,
    expires_at timestamptz NOT NULL,
    ordinal smallint NOT NULL CONSTRAINT conformance_step_ordinal_ck CHECK (ordinal BETWEEN 1 AND 4),
    previous smallint GENERATED ALWAYS AS (nullif(ordinal - 1, 0)) STORED,
    previous_passed boolean GENERATED ALWAYS AS (nullif(ordinal > 1, false)) STORED,
    passed boolean NOT NULL,
    reason text,
    feed_size bigint,
    report_digest bytea NOT NULL CONSTRAINT conformance_step_digest_ck CHECK (octet_length(report_digest) = 32),
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT conformance_step_pk PRIMARY KEY (run_id, ordinal),
    CONSTRAINT conformance_step_passed_uq UNIQUE (run_id, ordinal, passed),
    CONSTRAINT conformance_step_run_fk FOREIGN KEY (run_id, member_id, expires_at)
      REFERENCES cairn.conformance_run (id, member_id, expires_at),
    CONSTRAINT conformance_step_previous_fk FOREIGN KEY (run_id, previous, previous_passed)
      REFERENCES cairn.conformance_step (run_id, ordinal, passed),
    CONSTRAINT conformance_step_reason_ck CHECK (passed = (reason IS NULL)),
    CONSTRAINT conformance_step_in_time_ck CHECK (at < expires_at)
  );
  COMMENT ON TABLE cairn.conformance_step IS
    'submit, pull, tombstone, reset: a step is judged once, and only after the one before it was passed';
  COMMENT ON COLUMN cairn.conformance_step.feed_size IS 'rounds of the sandbox feed that the reported copy had applied';
  COMMENT ON COLUMN cairn.conformance_step.report_digest IS 'SHA-256 over the report (docs/protocol-conformance.md)';
  CREATE INDEX conformance_step_passed_ix ON cairn.conformance_step (member_id, at) WHERE ordinal = 4 AND passed;

  CREATE TABLE cairn.conformance_waiver (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT conformance_waiver_pk PRIMARY KEY,
    member_id integer NOT NULL CONSTRAINT conformance_waiver_member_fk REFERENCES cairn.member,
    channel_id smallint CONSTRAINT conformance_waiver_channel_fk REFERENCES cairn.channel,
    scope smallint NOT NULL GENERATED ALWAYS AS (coalesce(channel_id, 0)) STORED,
    actor text NOT NULL DEFAULT current_setting('cairn.actor', true),
    person_id integer NOT NULL DEFAULT cairn.actor_person() CONSTRAINT conformance_waiver_person_fk REFERENCES cairn.person,
    reason text NOT NULL CONSTRAINT conformance_waiver_reason_ck CHECK (length(reason) BETWEEN 1 AND 4000),
    until timestamptz NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT conformance_waiver_until_ck CHECK (until > at AND until <= at + interval '90 days'),
    CONSTRAINT conformance_waiver_facts_uq UNIQUE (id, member_id, scope, person_id, until)
  );
  COMMENT ON TABLE cairn.conformance_waiver IS
    'until when another person may give rights without a pass';
  COMMENT ON COLUMN cairn.conformance_waiver.channel_id IS 'null for every channel';
  COMMENT ON COLUMN cairn.conformance_waiver.person_id IS 'who acts, never anybody else: it cannot be given';
  CREATE INDEX conformance_waiver_member_ix ON cairn.conformance_waiver (member_id);
  CREATE TRIGGER conformance_waiver_append_only BEFORE UPDATE OR DELETE ON cairn.conformance_waiver
    FOR EACH ROW EXECUTE FUNCTION cairn.refuse_rewriting();
  CREATE TRIGGER conformance_waiver_not_emptied BEFORE TRUNCATE ON cairn.conformance_waiver
    FOR EACH STATEMENT EXECUTE FUNCTION cairn.refuse_rewriting();
`;

const GRANTS = `
  GRANT SELECT, INSERT (run, member_id, challenge, expires_at) ON cairn.conformance_run TO cairn_api;
  GRANT SELECT, INSERT (run_id, member_id, expires_at, ordinal, passed, reason, feed_size, report_digest)
    ON cairn.conformance_step TO cairn_api;
  GRANT SELECT ON cairn.conformance_run, cairn.conformance_step TO cairn_worker;
  GRANT SELECT ON cairn.conformance_waiver TO cairn_worker, cairn_api;
  GRANT INSERT (member_id, channel_id, reason, until) ON cairn.conformance_waiver TO cairn_api;
`;

function fence(table: string): string {
  return `
    ALTER TABLE cairn.${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE POLICY ${table}_worker ON cairn.${table} TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
    CREATE POLICY ${table}_owner ON cairn.${table} TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');`;
}
