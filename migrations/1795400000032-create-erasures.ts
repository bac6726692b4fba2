import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Erasures: asked for by one person, confirmed by another, then a statement; and what is left of an erased line. */
export class CreateErasures1795400000032 implements MigrationInterface {
  name = 'CreateErasures1795400000032';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(RULES);
    await runner.query(TRIGGERS);
    await runner.query(ACCESS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      REVOKE DELETE ON cairn.entry, cairn.record, cairn.signal FROM cairn_worker;
      DROP TRIGGER pending_statement_erase ON cairn.pending_statement;
      DROP FUNCTION cairn.guard_erase_statement();
      DROP TABLE cairn.signal_purge, cairn.erased_line, cairn.erasure_line, cairn.erasure;
      DROP FUNCTION cairn.guard_erasure(), cairn.guard_erasure_line(), cairn.check_erasure_lines(), cairn.take_erasure(),
        cairn.require_erasable(bigint);
      ALTER TABLE cairn.entry DROP COLUMN erased_index;
    `);
  }
}

const TABLES = `
  ALTER TABLE cairn.entry ADD COLUMN erased_index bigint;
  COMMENT ON COLUMN cairn.entry.erased_index IS 'of the erase statement that names the line, from its place in the log until it is applied, which deletes the row';

  CREATE TABLE cairn.erasure (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT erasure_pk PRIMARY KEY,
    reason text NOT NULL CONSTRAINT erasure_reason_ck CHECK (reason IN ('data_subject', 'court_order', 'legal', 'mistake')),
    justification text NOT NULL CONSTRAINT erasure_justification_ck CHECK (length(justification) BETWEEN 1 AND 4000)
      CONSTRAINT erasure_no_value_ck CHECK (regexp_replace(justification, '[[:space:]:-]', '', 'g') !~* '[0-9a-f]{32}'),
    requested_by integer NOT NULL CONSTRAINT erasure_requested_fk REFERENCES cairn.person,
    requested_at timestamptz NOT NULL,
    digest bytea CONSTRAINT erasure_digest_ck CHECK (octet_length(digest) = 32),
    confirmed_by integer CONSTRAINT erasure_confirmed_fk REFERENCES cairn.person,
    confirmed_at timestamptz,
    withdrawn_by integer CONSTRAINT erasure_withdrawn_fk REFERENCES cairn.person,
    withdrawn_at timestamptz,
    log_index bigint CONSTRAINT erasure_index_uq UNIQUE,
    purged_at timestamptz,
    CONSTRAINT erasure_two_persons_ck CHECK (confirmed_by <> requested_by),
    CONSTRAINT erasure_confirmed_ck CHECK (num_nonnulls(digest, confirmed_by, confirmed_at) IN (0, 3)),
    CONSTRAINT erasure_withdrawn_ck CHECK (num_nonnulls(withdrawn_by, withdrawn_at) IN (0, 2)),
    CONSTRAINT erasure_ended_once_ck CHECK (num_nonnulls(confirmed_by, withdrawn_by) <= 1),
    CONSTRAINT erasure_logged_ck CHECK (log_index IS NULL OR confirmed_by IS NOT NULL),
    CONSTRAINT erasure_purged_ck CHECK (purged_at IS NULL OR log_index IS NOT NULL)
  );
  COMMENT ON TABLE cairn.erasure IS 'asked for by one person and confirmed by another; never with the value itself';
  COMMENT ON COLUMN cairn.erasure.digest IS 'of the version that was shown to who confirmed it';
  COMMENT ON COLUMN cairn.erasure.log_index IS 'of the statement';
  COMMENT ON COLUMN cairn.erasure.purged_at IS 'when the bytes were deleted';
  CREATE INDEX erasure_due_ix ON cairn.erasure (log_index) WHERE purged_at IS NULL;

  CREATE TABLE cairn.erasure_line (
    erasure_id bigint NOT NULL CONSTRAINT erasure_line_erasure_fk REFERENCES cairn.erasure,
    log_index bigint NOT NULL,
    line smallint NOT NULL,
    CONSTRAINT erasure_line_pk PRIMARY KEY (erasure_id, log_index, line)
  );
  COMMENT ON TABLE cairn.erasure_line IS 'what an erasure is asked for of';

  CREATE TABLE cairn.erased_line (
    log_index bigint NOT NULL,
    line smallint NOT NULL,
    erasure_id bigint NOT NULL CONSTRAINT erased_line_erasure_fk REFERENCES cairn.erasure,
    member_id integer NOT NULL,
    channel_id smallint NOT NULL,
    signal_id bigint,
    type_code smallint NOT NULL,
    verdict smallint NOT NULL,
    code smallint NOT NULL,
    prev bigint,
    named boolean NOT NULL,
    erased_index bigint,
    leaf_hash bytea CONSTRAINT erased_line_hash_ck CHECK (octet_length(leaf_hash) = 32),
    CONSTRAINT erased_line_pk PRIMARY KEY (log_index, line)
  );
  COMMENT ON TABLE cairn.erased_line IS 'lines whose erasure two persons decided: each once, and what stays of it';
  COMMENT ON COLUMN cairn.erased_line.signal_id IS 'null once nobody else names the signal: its row is deleted then';
  COMMENT ON COLUMN cairn.erased_line.erased_index IS 'of the statement, once it is applied; from then on there is no row of cairn.entry';
  COMMENT ON COLUMN cairn.erased_line.leaf_hash IS 'RFC 9162 leaf hash of the line, once its bytes are deleted';
  CREATE INDEX erased_line_erasure_ix ON cairn.erased_line (erasure_id);
  CREATE INDEX erased_line_signal_ix ON cairn.erased_line (signal_id, channel_id) WHERE signal_id IS NOT NULL;

  CREATE TABLE cairn.signal_purge (
    id smallint CONSTRAINT signal_purge_pk PRIMARY KEY CONSTRAINT signal_purge_one_ck CHECK (id = 1),
    purges bigint NOT NULL
  );
  INSERT INTO cairn.signal_purge VALUES (1, 0);
  COMMENT ON TABLE cairn.signal_purge IS
    'how often rows of cairn.signal were deleted: who found ids of some before that must look again (libs/signals, signal-purges)';
`;

/** A broken rule is a check violation under the rule's own name, as with applications. */
const RULES = `
  CREATE FUNCTION cairn.require_erasable(of_erasure bigint) RETURNS void
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF EXISTS (SELECT FROM cairn.erasure_line l JOIN cairn.erased_line g USING (log_index, line) WHERE l.erasure_id = of_erasure) THEN
      PERFORM cairn.refuse_act('erasure_line_once');
    END IF;
    IF EXISTS (SELECT FROM cairn.erasure_line l WHERE l.erasure_id = of_erasure AND NOT EXISTS (
        SELECT FROM cairn.entry e, cairn.projection p
         WHERE e.log_index = l.log_index AND e.line = l.line AND e.log_index < p.size)) THEN
      PERFORM cairn.refuse_act('erasure_line_known');
    END IF;
    -- A statement that named lines of several channels would tell whoever receives one of them about the others.
    IF (SELECT count(DISTINCT e.channel_id) FROM cairn.erasure_line l JOIN cairn.entry e USING (log_index, line) WHERE l.erasure_id = of_erasure) > 1 THEN
      PERFORM cairn.refuse_act('erasure_one_channel');
    END IF;
    -- Without a member's last word the one before would stand again. Whose the words are must not matter: a refusal, and the public statement, would
    -- tell which lines have one author. The verdicts are public.
    IF EXISTS (
      SELECT FROM cairn.erasure_line l
        JOIN cairn.entry x ON x.log_index = l.log_index AND x.line = l.line AND x.verdict = 0
        JOIN cairn.entry e ON e.signal_id = x.signal_id AND e.channel_id = x.channel_id AND e.verdict = 0
             AND (e.log_index, e.line) < (x.log_index, x.line)
       WHERE l.erasure_id = of_erasure
         AND NOT EXISTS (SELECT FROM cairn.erasure_line o WHERE o.erasure_id = of_erasure AND o.log_index = e.log_index AND o.line = e.line)
         AND NOT EXISTS (SELECT FROM cairn.erased_line g WHERE g.log_index = e.log_index AND g.line = e.line)) THEN
      PERFORM cairn.refuse_act('erasure_revives_nothing');
    END IF;
  END $$;
  COMMENT ON FUNCTION cairn.require_erasable(bigint) IS
    'the lines are in the log, of one channel, not erased yet, and with each accepted one goes every accepted one before it about the same signal';

  CREATE FUNCTION cairn.guard_erasure() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      NEW.requested_by := cairn.actor_person();
      NEW.requested_at := now();
      IF num_nonnulls(NEW.digest, NEW.confirmed_by, NEW.withdrawn_by, NEW.log_index, NEW.purged_at) > 0 THEN
        PERFORM cairn.refuse_act('erasure_begins');
      END IF;
      RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.reason, NEW.justification, NEW.requested_by, NEW.requested_at)
         IS DISTINCT FROM (OLD.id, OLD.reason, OLD.justification, OLD.requested_by, OLD.requested_at)
       OR (OLD.digest IS NOT NULL AND (NEW.digest, NEW.confirmed_by, NEW.confirmed_at) IS DISTINCT FROM (OLD.digest, OLD.confirmed_by, OLD.confirmed_at))
       OR (OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_by, NEW.withdrawn_at) IS DISTINCT FROM (OLD.withdrawn_by, OLD.withdrawn_at))
       OR (OLD.log_index IS NOT NULL AND NEW.log_index IS DISTINCT FROM OLD.log_index)
       OR (OLD.purged_at IS NOT NULL AND NEW.purged_at IS DISTINCT FROM OLD.purged_at) THEN
      PERFORM cairn.refuse_act('erasure_append_only');
    END IF;
    IF OLD.digest IS NULL AND NEW.digest IS NOT NULL THEN
      IF NOT cairn.actor_holds('approver') THEN PERFORM cairn.refuse_act('erasure_approver'); END IF;
      NEW.confirmed_by := cairn.actor_person();
      NEW.confirmed_at := now();
    END IF;
    IF OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL THEN
      NEW.withdrawn_by := cairn.actor_person();
      NEW.withdrawn_at := now();
    END IF;
    RETURN NEW;
  END $$;
  COMMENT ON FUNCTION cairn.guard_erasure() IS 'persons and times are of who acts, and what was written stays';

  CREATE FUNCTION cairn.guard_erasure_line() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      PERFORM FROM cairn.erasure WHERE id = NEW.erasure_id AND requested_by = cairn.actor_person()
        AND num_nonnulls(confirmed_by, withdrawn_by) = 0;
      IF FOUND THEN RETURN NEW; END IF;
    END IF;
    PERFORM cairn.refuse_act('erasure_append_only');
  END $$;

  CREATE FUNCTION cairn.check_erasure_lines() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    -- The foreign key has waited for who holds the row to confirm what it was shown: no line comes in between.
    IF EXISTS (SELECT FROM added a JOIN cairn.erasure e ON e.id = a.erasure_id WHERE num_nonnulls(e.confirmed_by, e.withdrawn_by) > 0) THEN
      PERFORM cairn.refuse_act('erasure_append_only');
    END IF;
    PERFORM cairn.require_erasable(a.erasure_id) FROM (SELECT DISTINCT erasure_id FROM added) a;
    RETURN NULL;
  END $$;

  CREATE FUNCTION cairn.take_erasure() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    PERFORM cairn.require_erasable(NEW.id);
    INSERT INTO cairn.erased_line (log_index, line, erasure_id, member_id, channel_id, signal_id, type_code, verdict, code, prev, named)
      SELECT e.log_index, e.line, NEW.id, e.member_id, e.channel_id, e.signal_id, s.type_code, e.verdict, e.code, e.prev, e.named
        FROM cairn.erasure_line l JOIN cairn.entry e USING (log_index, line) JOIN cairn.signal s ON s.id = e.signal_id
       WHERE l.erasure_id = NEW.id;
    IF NOT FOUND THEN PERFORM cairn.refuse_act('erasure_line_known'); END IF;
    RETURN NULL;
  END $$;
  CREATE FUNCTION cairn.guard_erase_statement() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    erasure cairn.erasure;
  BEGIN
    SELECT a.* INTO erasure FROM cairn.erasure a WHERE NEW.dedup_key = 'erasure:' || a.id AND a.confirmed_by IS NOT NULL;
    IF NOT FOUND OR NEW.body ->> 'reason' IS DISTINCT FROM erasure.reason OR (NEW.body -> 'lines')::jsonb IS DISTINCT FROM (
        SELECT jsonb_agg(jsonb_build_object('index', g.log_index, 'line', g.line) ORDER BY g.log_index, g.line)
          FROM cairn.erased_line g WHERE g.erasure_id = erasure.id) THEN
      PERFORM cairn.refuse_act('erasure_statement');
    END IF;
    RETURN NEW;
  END $$;
  COMMENT ON FUNCTION cairn.guard_erase_statement() IS 'an erase statement is asked for as two persons decided it, or not at all';

  COMMENT ON FUNCTION cairn.take_erasure() IS 'the primary key lets each line be erased once, whoever confirms what at the same time';
`;

const TRIGGERS = `
  CREATE TRIGGER erasure_guard BEFORE INSERT OR UPDATE OR DELETE ON cairn.erasure
    FOR EACH ROW EXECUTE FUNCTION cairn.guard_erasure();
  CREATE TRIGGER erasure_not_emptied BEFORE TRUNCATE ON cairn.erasure
    FOR EACH STATEMENT EXECUTE FUNCTION cairn.refuse_rewriting();
  CREATE TRIGGER erasure_take AFTER UPDATE ON cairn.erasure
    FOR EACH ROW WHEN (OLD.confirmed_by IS NULL AND NEW.confirmed_by IS NOT NULL) EXECUTE FUNCTION cairn.take_erasure();
  CREATE TRIGGER pending_statement_erase BEFORE INSERT OR UPDATE OF body ON cairn.pending_statement
    FOR EACH ROW WHEN (NEW.body ->> 'kind' = 'erase') EXECUTE FUNCTION cairn.guard_erase_statement();
  CREATE TRIGGER erasure_line_guard BEFORE INSERT OR UPDATE OR DELETE ON cairn.erasure_line
    FOR EACH ROW EXECUTE FUNCTION cairn.guard_erasure_line();
  CREATE TRIGGER erasure_line_check AFTER INSERT ON cairn.erasure_line
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION cairn.check_erasure_lines();
`;

const ACCESS = `
  GRANT SELECT, INSERT (reason, justification), UPDATE (digest, withdrawn_at) ON cairn.erasure TO cairn_api;
  GRANT SELECT, INSERT (erasure_id, log_index, line) ON cairn.erasure_line TO cairn_api;
  GRANT SELECT ON cairn.erased_line TO cairn_api;
  GRANT SELECT, UPDATE (log_index, purged_at) ON cairn.erasure TO cairn_worker;
  GRANT SELECT ON cairn.erasure_line TO cairn_worker;
  GRANT SELECT, UPDATE (signal_id, erased_index, leaf_hash) ON cairn.erased_line TO cairn_worker;
  GRANT SELECT, UPDATE (purges) ON cairn.signal_purge TO cairn_worker;
  GRANT DELETE ON cairn.entry, cairn.record, cairn.signal TO cairn_worker;
  REVOKE EXECUTE ON FUNCTION cairn.require_erasable(bigint) FROM PUBLIC;

  ALTER TABLE cairn.erasure ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY erasure_staff ON cairn.erasure FOR SELECT TO cairn_api USING ((SELECT cairn.actor_holds('vetter', 'approver', 'auditor')));
  CREATE POLICY erasure_request ON cairn.erasure FOR INSERT TO cairn_api WITH CHECK ((SELECT cairn.actor_holds('vetter', 'approver')));
  CREATE POLICY erasure_decide ON cairn.erasure FOR UPDATE TO cairn_api USING ((SELECT cairn.actor_holds('vetter', 'approver')));
  CREATE POLICY erasure_worker ON cairn.erasure TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY erasure_owner ON cairn.erasure TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
  CREATE POLICY erasure_triggers ON cairn.erasure FOR SELECT TO cairn_owner USING ((SELECT cairn.actor_kind()) IS NOT NULL);

  ALTER TABLE cairn.erasure_line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY erasure_line_staff ON cairn.erasure_line FOR SELECT TO cairn_api USING ((SELECT cairn.actor_holds('vetter', 'approver', 'auditor')));
  CREATE POLICY erasure_line_request ON cairn.erasure_line FOR INSERT TO cairn_api WITH CHECK ((SELECT cairn.actor_holds('vetter', 'approver')));
  CREATE POLICY erasure_line_worker ON cairn.erasure_line TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY erasure_line_owner ON cairn.erasure_line TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
  CREATE POLICY erasure_line_triggers ON cairn.erasure_line FOR SELECT TO cairn_owner USING ((SELECT cairn.actor_kind()) IS NOT NULL);

  ALTER TABLE cairn.erased_line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY erased_line_member ON cairn.erased_line FOR SELECT TO cairn_api USING (member_id = (SELECT cairn.actor_member()));
  CREATE POLICY erased_line_proof ON cairn.erased_line FOR SELECT TO cairn_api USING ((SELECT cairn.actor_proves()));
  CREATE POLICY erased_line_worker ON cairn.erased_line TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY erased_line_owner ON cairn.erased_line TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
  CREATE POLICY erased_line_triggers_select ON cairn.erased_line FOR SELECT TO cairn_owner USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY erased_line_triggers_insert ON cairn.erased_line FOR INSERT TO cairn_owner WITH CHECK ((SELECT cairn.actor_kind()) IS NOT NULL);
`;
