import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people and the operator did, as a chain of digests whose head goes into the provenance log (docs/protocol-audit.md). */
export class CreateAuditEvents1795400000022 implements MigrationInterface {
  name = 'CreateAuditEvents1795400000022';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(RECORD);
    await runner.query(ACCESS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION cairn.record_audit_event(text, text, bytea, text);
      DROP TABLE cairn.audit_event, cairn.audit_head;
      DROP FUNCTION cairn.guard_audit_head();
    `);
  }
}

const TABLES = `
  CREATE TABLE cairn.audit_event (
    number bigint CONSTRAINT audit_event_pk PRIMARY KEY CONSTRAINT audit_event_number_ck CHECK (number >= 1),
    time bigint NOT NULL,
    actor text NOT NULL CONSTRAINT audit_event_actor_ck CHECK (actor ~ '^[a-z]+:[a-z0-9-]+$'),
    act text NOT NULL CONSTRAINT audit_event_act_ck CHECK (act ~ '^[A-Za-z][A-Za-z -]{0,63}$'),
    subject text NOT NULL CONSTRAINT audit_event_subject_ck CHECK (length(subject) <= 200 AND subject !~ '[\\u0001-\\u001f\\u007f-\\u009f]'),
    inputs bytea NOT NULL CONSTRAINT audit_event_inputs_ck CHECK (octet_length(inputs) = 32),
    outcome text NOT NULL CONSTRAINT audit_event_outcome_ck CHECK (outcome = 'ok' OR outcome ~ '^[A-Z][A-Z0-9_]{0,63}$'),
    chain bytea NOT NULL CONSTRAINT audit_event_chain_ck CHECK (octet_length(chain) = 32)
  );
  COMMENT ON COLUMN cairn.audit_event.time IS 'Unix milliseconds';
  CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON cairn.audit_event
    FOR EACH ROW EXECUTE FUNCTION cairn.refuse_rewriting();
  CREATE TRIGGER audit_event_not_emptied BEFORE TRUNCATE ON cairn.audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION cairn.refuse_rewriting();

  CREATE TABLE cairn.audit_head (
    id smallint CONSTRAINT audit_head_pk PRIMARY KEY CONSTRAINT audit_head_one_ck CHECK (id = 1),
    size bigint NOT NULL,
    head bytea NOT NULL CONSTRAINT audit_head_head_ck CHECK (octet_length(head) = 32),
    announced_size bigint NOT NULL DEFAULT 0,
    logged_index bigint
  );
  COMMENT ON TABLE cairn.audit_head IS 'end of the chain; its row lock gives events their order';
  COMMENT ON COLUMN cairn.audit_head.logged_index IS 'of the latest audit statement applied';
  INSERT INTO cairn.audit_head VALUES (1, 0, decode(repeat('00', 32), 'hex'));
  CREATE FUNCTION cairn.guard_audit_head() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF TG_OP = 'UPDATE' THEN
      IF NEW.size = OLD.size AND NEW.head = OLD.head OR NEW.size = OLD.size + 1 THEN
        RETURN NEW;
      END IF;
    END IF;
    RAISE EXCEPTION 'the audit trail only grows' USING ERRCODE = 'integrity_constraint_violation';
  END $$;
  CREATE TRIGGER audit_head_grows BEFORE UPDATE OR DELETE ON cairn.audit_head
    FOR EACH ROW EXECUTE FUNCTION cairn.guard_audit_head();`;

/** The lock on the head is the last one that a transaction takes, so no two wait for each other crosswise. */
const RECORD = `
  CREATE FUNCTION cairn.record_audit_event(what text, about text, digest bytea, came_of_it text) RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    who text := current_setting('cairn.actor', true);
    before cairn.audit_head;
    at bigint;
    link bytea;
  BEGIN
    IF cairn.actor_kind() IS NULL THEN
      RAISE EXCEPTION 'an act is recorded in the name of who acts' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO STRICT before FROM cairn.audit_head WHERE id = 1 FOR UPDATE;
    at := floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;
    link := sha256(before.head || convert_to(concat_ws(E'\\n', 'cairn-audit/1', before.size + 1, at, who, what, about,
      encode(digest, 'hex'), came_of_it) || E'\\n', 'UTF8'));
    INSERT INTO cairn.audit_event (number, time, actor, act, subject, inputs, outcome, chain)
      VALUES (before.size + 1, at, who, what, about, digest, came_of_it, link);
    UPDATE cairn.audit_head SET size = before.size + 1, head = link WHERE id = 1;
  END $$;
  COMMENT ON FUNCTION cairn.record_audit_event(text, text, bytea, text) IS 'number, time, actor and chain are never the caller''s to say';
  REVOKE EXECUTE ON FUNCTION cairn.record_audit_event(text, text, bytea, text) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION cairn.record_audit_event(text, text, bytea, text) TO cairn_api, cairn_worker;`;

const ACCESS = `
  GRANT SELECT ON cairn.audit_event, cairn.audit_head TO cairn_api, cairn_worker;
  GRANT UPDATE (announced_size, logged_index) ON cairn.audit_head TO cairn_worker;
  ALTER TABLE cairn.audit_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY audit_event_auditor ON cairn.audit_event FOR SELECT TO cairn_api USING ((SELECT cairn.actor_holds('auditor')));
  CREATE POLICY audit_event_worker ON cairn.audit_event TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY audit_event_owner ON cairn.audit_event TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
  CREATE POLICY audit_event_triggers ON cairn.audit_event FOR INSERT TO cairn_owner
    WITH CHECK ((SELECT cairn.actor_kind()) IS NOT NULL);`;
