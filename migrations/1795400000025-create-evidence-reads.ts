import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which auditor was shown what stands behind which part of the log, and to what end. */
export class CreateEvidenceReads1795400000025 implements MigrationInterface {
  name = 'CreateEvidenceReads1795400000025';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(GRANTS);
    await runner.query(READS);
    await runner.query(FUNCTIONS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION cairn.record_evidence_read(bigint, bigint, bigint);
      DROP FUNCTION cairn.grant_replay(text);
      DROP TABLE cairn.evidence_read, cairn.replay_grant;
    `);
  }
}

const appendOnly = (table: string): string => `
  CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE ON cairn.${table}
    FOR EACH ROW EXECUTE FUNCTION cairn.refuse_rewriting();
  CREATE TRIGGER ${table}_not_emptied BEFORE TRUNCATE ON cairn.${table}
    FOR EACH STATEMENT EXECUTE FUNCTION cairn.refuse_rewriting();
  GRANT SELECT ON cairn.${table} TO cairn_api, cairn_worker;
  ALTER TABLE cairn.${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY ${table}_auditor ON cairn.${table} FOR SELECT TO cairn_api USING ((SELECT cairn.actor_holds('auditor')));
  CREATE POLICY ${table}_worker ON cairn.${table} TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY ${table}_owner ON cairn.${table} TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
  CREATE POLICY ${table}_triggers ON cairn.${table} FOR INSERT TO cairn_owner
    WITH CHECK ((SELECT cairn.actor_kind()) IS NOT NULL);`;

const GRANTS = `
  CREATE TABLE cairn.replay_grant (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT replay_grant_pk PRIMARY KEY,
    person_id integer NOT NULL DEFAULT cairn.actor_person() CONSTRAINT replay_grant_person_fk REFERENCES cairn.person,
    purpose text NOT NULL CONSTRAINT replay_grant_purpose_ck CHECK (length(purpose) BETWEEN 1 AND 200),
    at timestamptz NOT NULL DEFAULT now()
  );
  COMMENT ON TABLE cairn.replay_grant IS 'that an auditor asked to read what stands behind the log, and why; never changed';${appendOnly('replay_grant')}
  CREATE POLICY replay_grant_triggers_select ON cairn.replay_grant FOR SELECT TO cairn_owner
    USING ((SELECT cairn.actor_kind()) IS NOT NULL);`;

const READS = `
  CREATE TABLE cairn.evidence_read (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT evidence_read_pk PRIMARY KEY,
    grant_id bigint NOT NULL CONSTRAINT evidence_read_grant_fk REFERENCES cairn.replay_grant,
    from_index bigint NOT NULL,
    end_index bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT evidence_read_range_ck CHECK (0 <= from_index AND from_index < end_index)
  );
  COMMENT ON TABLE cairn.evidence_read IS
    'that an auditor was shown lines and authors of the submissions from one log index up to, not including, another; never changed';
  CREATE INDEX evidence_read_grant_ix ON cairn.evidence_read (grant_id);${appendOnly('evidence_read')}`;

/** Like `record_authorship_read`: the API writes nothing here but through functions that ask who acts. */
const FUNCTIONS = `
  CREATE FUNCTION cairn.grant_replay(why text) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE given bigint;
  BEGIN
    INSERT INTO cairn.replay_grant (purpose)
      SELECT why WHERE cairn.actor_person() IS NOT NULL AND cairn.actor_holds('auditor') RETURNING id INTO given;
    RETURN given;
  END $$;
  COMMENT ON FUNCTION cairn.grant_replay(text) IS
    'writes down why the auditor who acts wants to read what stands behind the log; null for anybody else';

  CREATE FUNCTION cairn.record_evidence_read(by_grant bigint, of_from bigint, of_end bigint) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    INSERT INTO cairn.evidence_read (grant_id, from_index, end_index)
      SELECT g.id, of_from, of_end FROM cairn.replay_grant g
       WHERE g.id = by_grant AND g.person_id = cairn.actor_person() AND g.at > now() - interval '1 hour'
         AND cairn.actor_holds('auditor');
    RETURN FOUND;
  END $$;
  COMMENT ON FUNCTION cairn.record_evidence_read(bigint, bigint, bigint) IS
    'writes down that the auditor who acts is about to be shown a part of the log under a grant of its own; nothing for anybody else';

  REVOKE EXECUTE ON FUNCTION cairn.grant_replay(text), cairn.record_evidence_read(bigint, bigint, bigint) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION cairn.grant_replay(text), cairn.record_evidence_read(bigint, bigint, bigint) TO cairn_api;`;
