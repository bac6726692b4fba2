import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The life of a member's key: registered by proofs and two persons, active, retiring, retired or revoked. The moves that are legal, what must
 * stand behind a key before it is active, and the history of each key are kept by triggers: no SQL of a login role gets past them.
 */
export class CreateKeyLifecycle1795400000009 implements MigrationInterface {
  name = 'CreateKeyLifecycle1795400000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(STATEMENTS_WITH_OWN_INDEX);
    await runner.query(KEY_COLUMNS);
    await runner.query(REGISTRATIONS);
    await runner.query(KEY_SETS);
    await runner.query(HISTORY);
    await runner.query(KEY_GUARD);
    await runner.query(REGISTRATION_GUARD);
    await runner.query(STATEMENT_GUARD);
    await runner.query(PEOPLE);
    await runner.query(PERSON_GUARDS);
    await runner.query(GRANTS);
    await runner.query(ISOLATION);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP POLICY member_key_person_insert ON cairn.member_key;
      DROP POLICY member_key_person_update ON cairn.member_key;
      DROP POLICY member_key_triggers_update ON cairn.member_key;
      DROP POLICY member_key_person ON cairn.member_key;
      CREATE POLICY member_key_person ON cairn.member_key FOR SELECT TO cairn_api USING ((SELECT cairn.actor_kind()) = 'person');
      REVOKE INSERT (member_id, purpose, thumbprint, jwk, route),
        UPDATE (state, not_after, overlap_ends_at, end_reason, end_since) ON cairn.member_key FROM cairn_api;
      DROP TRIGGER pending_statement_of_key ON cairn.pending_statement;
      DROP TRIGGER member_key_guard ON cairn.member_key;
      DROP TRIGGER member_key_history ON cairn.member_key;
      DROP TABLE cairn.key_event, cairn.member_key_set, cairn.key_registration;
      DROP FUNCTION cairn.guard_member_key(), cairn.note_key_event(), cairn.guard_key_registration(), cairn.refuse_change(),
        cairn.guard_key_statement(), cairn.guard_key_registration_person(), cairn.guard_key_set_person(), cairn.actor_holds(text[]),
        cairn.actor_administers();
      DELETE FROM cairn.member_key WHERE state = 'withdrawn';
      DROP INDEX cairn.member_key_thumbprint_uq, cairn.member_key_open_uq, cairn.submission_received_ix;
      ALTER TABLE cairn.member_key
        DROP COLUMN state, DROP COLUMN route, DROP COLUMN not_after, DROP COLUMN overlap_ends_at, DROP COLUMN end_reason,
        DROP COLUMN end_since, DROP COLUMN unlisted_at,
        ADD CONSTRAINT member_key_thumbprint_uq UNIQUE (thumbprint);
      ALTER TABLE cairn.pending_statement DROP COLUMN own_index;
    `);
  }
}

const STATEMENTS_WITH_OWN_INDEX = `
  ALTER TABLE cairn.pending_statement ADD COLUMN own_index boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT pending_statement_own_index_ck CHECK (NOT own_index OR (body ->> 'kind') IS NOT DISTINCT FROM 'key_revoked');
  COMMENT ON COLUMN cairn.pending_statement.own_index IS 'whether "from" is the index that the statement itself is given';
  CREATE INDEX submission_received_ix ON cairn.submission USING brin (received_at);`;

const KEY_COLUMNS = `
  ALTER TABLE cairn.member_key
    ADD COLUMN state text NOT NULL DEFAULT 'pending',
    ADD COLUMN route text NOT NULL DEFAULT 'operator',
    ADD COLUMN not_after timestamptz,
    ADD COLUMN overlap_ends_at timestamptz,
    ADD COLUMN end_reason text,
    ADD COLUMN end_since timestamptz,
    ADD COLUMN unlisted_at timestamptz;
  UPDATE cairn.member_key SET
    state = CASE WHEN revoked_index IS NOT NULL THEN 'revoked' WHEN added_index IS NOT NULL THEN 'active' ELSE 'pending' END,
    end_reason = CASE WHEN revoked_index IS NOT NULL THEN 'lost' END;
  ALTER TABLE cairn.member_key
    ADD CONSTRAINT member_key_state_ck CHECK (state IN ('pending', 'active', 'retiring', 'retired', 'revoked', 'withdrawn')),
    ADD CONSTRAINT member_key_route_ck CHECK (route IN ('operator', 'ceremony', 'rotation', 'key_set')),
    ADD CONSTRAINT member_key_route_purpose_ck CHECK (route <> 'key_set' OR purpose = 'auth'),
    ADD CONSTRAINT member_key_logged_ck CHECK (CASE WHEN state IN ('pending', 'withdrawn') THEN added_index IS NULL
      WHEN state IN ('active', 'retiring', 'retired') THEN added_index IS NOT NULL ELSE true END),
    ADD CONSTRAINT member_key_ended_ck CHECK ((state IN ('retired', 'revoked')) = (end_reason IS NOT NULL)),
    ADD CONSTRAINT member_key_end_reason_ck CHECK (end_reason IN ('compromised', 'lost', 'retired')),
    ADD CONSTRAINT member_key_end_logged_ck CHECK (revoked_index IS NULL OR state IN ('retired', 'revoked')),
    ADD CONSTRAINT member_key_overlap_ck CHECK ((not_after IS NULL) = (overlap_ends_at IS NULL)
      AND (not_after IS NOT NULL OR state <> 'retiring')),
    ADD CONSTRAINT member_key_overlap_length_ck CHECK (overlap_ends_at >= not_after + interval '168 hours'),
    ADD CONSTRAINT member_key_unlisted_ck CHECK (unlisted_at IS NULL OR route = 'key_set'),
    ADD CONSTRAINT member_key_route_uq UNIQUE (id, route),
    DROP CONSTRAINT member_key_thumbprint_uq;
  CREATE UNIQUE INDEX member_key_thumbprint_uq ON cairn.member_key (thumbprint) WHERE state <> 'withdrawn';
  CREATE UNIQUE INDEX member_key_open_uq ON cairn.member_key (member_id, purpose)
    WHERE state = 'pending' AND route IN ('ceremony', 'rotation');
  COMMENT ON COLUMN cairn.member_key.route IS
    'how it came: by the operator of the machine, confirmed by two staff, vouched for by an active key, or from the member''s JWK Set';
  COMMENT ON COLUMN cairn.member_key.not_after IS 'while retiring: latest iat of a manifest that it still signs for';
  COMMENT ON COLUMN cairn.member_key.end_since IS
    'moment from which a revocation voids what was received; null when it voids nothing logged before it';
  COMMENT ON COLUMN cairn.member_key.unlisted_at IS 'since when the member''s JWK Set does not hold it any more';`;

const REGISTRATIONS = `
  CREATE TABLE cairn.key_registration (
    key_id integer CONSTRAINT key_registration_pk PRIMARY KEY,
    route text NOT NULL CONSTRAINT key_registration_route_ck CHECK (route IN ('ceremony', 'rotation')),
    requested_by text NOT NULL,
    nonce text NOT NULL,
    nonce_expires_at timestamptz NOT NULL,
    proof text,
    proved_at timestamptz,
    witness_id integer CONSTRAINT key_registration_witness_fk REFERENCES cairn.member_key,
    witness_proof text,
    first_confirmer integer CONSTRAINT key_registration_first_fk REFERENCES cairn.person,
    first_confirmed_at timestamptz,
    second_confirmer integer CONSTRAINT key_registration_second_fk REFERENCES cairn.person,
    second_confirmed_at timestamptz,
    completed_at timestamptz,
    CONSTRAINT key_registration_key_fk FOREIGN KEY (key_id, route) REFERENCES cairn.member_key (id, route),
    CONSTRAINT key_registration_proof_ck CHECK ((proof IS NULL) = (proved_at IS NULL)),
    CONSTRAINT key_registration_witness_ck CHECK ((witness_id IS NULL) = (witness_proof IS NULL) AND witness_id <> key_id),
    CONSTRAINT key_registration_two_persons_ck CHECK (first_confirmer <> second_confirmer),
    CONSTRAINT key_registration_order_ck CHECK ((first_confirmer IS NULL OR proved_at IS NOT NULL)
      AND (second_confirmer IS NULL OR first_confirmer IS NOT NULL)),
    CONSTRAINT key_registration_times_ck CHECK ((first_confirmer IS NULL) = (first_confirmed_at IS NULL)
      AND (second_confirmer IS NULL) = (second_confirmed_at IS NULL)),
    CONSTRAINT key_registration_not_own_ck CHECK (requested_by IS DISTINCT FROM 'person:' || first_confirmer
      AND requested_by IS DISTINCT FROM 'person:' || second_confirmer),
    CONSTRAINT key_registration_completed_ck CHECK (completed_at IS NULL OR (proved_at IS NOT NULL
      AND CASE route WHEN 'ceremony' THEN second_confirmer IS NOT NULL ELSE witness_id IS NOT NULL END))
  );
  COMMENT ON TABLE cairn.key_registration IS 'the proofs and persons behind an uploaded key; kept for good';`;

const KEY_SETS = `
  CREATE TABLE cairn.member_key_set (
    member_id integer CONSTRAINT member_key_set_pk PRIMARY KEY CONSTRAINT member_key_set_member_fk REFERENCES cairn.member,
    url text,
    host text,
    proposed_by integer CONSTRAINT member_key_set_proposer_fk REFERENCES cairn.person,
    approved_by integer CONSTRAINT member_key_set_approver_fk REFERENCES cairn.person,
    next_url text,
    next_by integer CONSTRAINT member_key_set_next_fk REFERENCES cairn.person,
    due_at timestamptz NOT NULL DEFAULT now(),
    attempted_at timestamptz,
    fetched_at timestamptz,
    failure text,
    CONSTRAINT member_key_set_two_persons_ck CHECK (proposed_by <> approved_by),
    CONSTRAINT member_key_set_approved_ck CHECK (num_nulls(url, host, proposed_by, approved_by) IN (0, 4)),
    CONSTRAINT member_key_set_next_ck CHECK ((next_url IS NULL) = (next_by IS NULL)),
    CONSTRAINT member_key_set_host_ck CHECK (starts_with(url, 'https://' || host || '/') OR starts_with(url, 'http://' || host || '/'))
  );
  COMMENT ON TABLE cairn.member_key_set IS 'URL of a member''s JWK Set (auth keys): proposed and approved by two staff, with its host';
  COMMENT ON COLUMN cairn.member_key_set.fetched_at IS 'when a good set was last read: its keys count for a day after that';`;

const HISTORY = `
  CREATE TABLE cairn.key_event (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT key_event_pk PRIMARY KEY,
    key_id integer NOT NULL CONSTRAINT key_event_key_fk REFERENCES cairn.member_key,
    from_state text,
    to_state text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE INDEX key_event_key_ix ON cairn.key_event (key_id, id);
  COMMENT ON TABLE cairn.key_event IS 'every move of every key, written by a trigger alone';
  CREATE FUNCTION cairn.note_key_event() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF TG_OP = 'UPDATE' AND NEW.state = OLD.state THEN
      RETURN NULL;
    END IF;
    INSERT INTO cairn.key_event (key_id, from_state, to_state, actor) VALUES (NEW.id,
      CASE WHEN TG_OP = 'UPDATE' THEN OLD.state END, NEW.state,
      current_setting('cairn.actor', true));
    RETURN NULL;
  END $$;
  CREATE FUNCTION cairn.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
  END $$;
  CREATE TRIGGER key_event_append_only BEFORE UPDATE OR DELETE ON cairn.key_event
    FOR EACH ROW EXECUTE FUNCTION cairn.refuse_change();
  CREATE TRIGGER member_key_history AFTER INSERT OR UPDATE ON cairn.member_key FOR EACH ROW
    EXECUTE FUNCTION cairn.note_key_event();`;

const KEY_GUARD = `
  CREATE FUNCTION cairn.guard_member_key() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    move text;
    complete boolean;
  BEGIN
    IF TG_OP = 'DELETE' THEN
      RAISE EXCEPTION 'a key is never deleted';
    END IF;
    IF TG_OP = 'INSERT' THEN
      IF NEW.state <> 'pending' OR num_nonnulls(NEW.added_index, NEW.revoked_index, NEW.unlisted_at) > 0 THEN
        RAISE EXCEPTION 'a key begins pending';
      END IF;
      IF session_user = 'cairn_api' AND NEW.route NOT IN ('ceremony', 'rotation') THEN
        RAISE EXCEPTION 'a key of route % is not registered through the API', NEW.route;
      END IF;
      IF NEW.route = 'key_set' AND NOT EXISTS (
          SELECT FROM cairn.member_key_set s WHERE s.member_id = NEW.member_id AND s.approved_by IS NOT NULL) THEN
        RAISE EXCEPTION 'the member has no approved JWK Set';
      END IF;
      UPDATE cairn.member_key k SET state = 'withdrawn' FROM cairn.key_registration r
       WHERE r.key_id = k.id AND k.thumbprint = NEW.thumbprint AND k.state = 'pending'
         AND r.proved_at IS NULL AND r.nonce_expires_at <= now();
      RETURN NEW;
    END IF;
    IF (NEW.id, NEW.member_id, NEW.purpose, NEW.thumbprint, NEW.jwk, NEW.route, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.member_id, OLD.purpose, OLD.thumbprint, OLD.jwk, OLD.route, OLD.created_at)
       OR NEW.added_index IS DISTINCT FROM coalesce(OLD.added_index, NEW.added_index)
       OR NEW.revoked_index IS DISTINCT FROM coalesce(OLD.revoked_index, NEW.revoked_index)
       OR NEW.void_from IS DISTINCT FROM coalesce(OLD.void_from, NEW.void_from)
       OR (OLD.not_after IS NOT NULL AND (NEW.not_after, NEW.overlap_ends_at) IS DISTINCT FROM (OLD.not_after, OLD.overlap_ends_at))
       OR (OLD.end_reason IS NOT NULL AND (NEW.end_reason, NEW.end_since) IS DISTINCT FROM (OLD.end_reason, OLD.end_since)) THEN
      RAISE EXCEPTION 'what was said of a key does not change';
    END IF;
    complete := CASE NEW.route
      WHEN 'operator' THEN true
      WHEN 'key_set' THEN true
      ELSE EXISTS (SELECT FROM cairn.key_registration r WHERE r.key_id = NEW.id AND r.completed_at IS NOT NULL) END;
    IF NEW.added_index IS NOT NULL AND OLD.added_index IS NULL AND NOT complete THEN
      RAISE EXCEPTION 'the registration of a key is not complete';
    END IF;
    IF NEW.state = OLD.state THEN
      RETURN NEW;
    END IF;
    move := OLD.state || '>' || NEW.state;
    IF NOT (CASE move
      WHEN 'pending>active' THEN complete
      WHEN 'pending>withdrawn' THEN NEW.route IN ('ceremony', 'rotation') AND NOT complete
      WHEN 'pending>revoked' THEN complete
      WHEN 'active>retiring' THEN NEW.route <> 'key_set' AND NEW.not_after >= now() - interval '1 minute'
      WHEN 'active>revoked' THEN true
      WHEN 'active>retired' THEN NEW.route = 'key_set' AND NEW.unlisted_at IS NOT NULL
      WHEN 'retiring>retired' THEN NEW.overlap_ends_at <= now()
      WHEN 'retiring>revoked' THEN true
      ELSE false END) THEN
      RAISE EXCEPTION 'a key does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER member_key_guard BEFORE INSERT OR UPDATE OR DELETE ON cairn.member_key
    FOR EACH ROW EXECUTE FUNCTION cairn.guard_member_key();`;

const REGISTRATION_GUARD = `
  CREATE FUNCTION cairn.guard_key_registration() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF TG_OP = 'DELETE' THEN
      RAISE EXCEPTION 'a registration is kept';
    END IF;
    IF TG_OP = 'UPDATE' AND ((NEW.key_id, NEW.route, NEW.requested_by) IS DISTINCT FROM (OLD.key_id, OLD.route, OLD.requested_by)
       OR OLD.completed_at IS NOT NULL
       OR (OLD.proved_at IS NOT NULL AND (NEW.proof, NEW.proved_at, NEW.witness_id, NEW.witness_proof, NEW.nonce)
            IS DISTINCT FROM (OLD.proof, OLD.proved_at, OLD.witness_id, OLD.witness_proof, OLD.nonce))
       OR (OLD.first_confirmer IS NOT NULL AND (NEW.first_confirmer, NEW.first_confirmed_at)
            IS DISTINCT FROM (OLD.first_confirmer, OLD.first_confirmed_at))) THEN
      RAISE EXCEPTION 'what was said in a registration does not change';
    END IF;
    IF NOT EXISTS (SELECT FROM cairn.member_key k WHERE k.id = NEW.key_id AND k.state = 'pending') THEN
      RAISE EXCEPTION 'the key is not pending';
    END IF;
    IF NEW.proved_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.proved_at IS NULL) AND NEW.nonce_expires_at <= now() THEN
      RAISE EXCEPTION 'the challenge has expired';
    END IF;
    IF NEW.witness_id IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.witness_id IS NULL) AND NOT EXISTS (
        SELECT FROM cairn.member_key w JOIN cairn.member_key k ON (k.member_id, k.purpose) = (w.member_id, w.purpose)
         WHERE w.id = NEW.witness_id AND k.id = NEW.key_id AND w.state = 'active' AND w.route <> 'key_set') THEN
      RAISE EXCEPTION 'the witness is not an active key of the same member and purpose';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER key_registration_guard BEFORE INSERT OR UPDATE OR DELETE ON cairn.key_registration
    FOR EACH ROW EXECUTE FUNCTION cairn.guard_key_registration();`;

/** People act on keys through the API, and may ask there for statements about members: not about keys, whose rules would be passed by. */
const STATEMENT_GUARD = `
  CREATE FUNCTION cairn.guard_key_statement() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF session_user = 'cairn_api' THEN
      RAISE EXCEPTION 'a statement about a key is not asked for through the API' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER pending_statement_of_key BEFORE INSERT ON cairn.pending_statement
    FOR EACH ROW WHEN (NEW.body ->> 'kind' IN ('key', 'key_revoked')) EXECUTE FUNCTION cairn.guard_key_statement();`;

/** What the person who acts is. Roles are read with the rights of whoever asks: the API's login sees them for people. */
const PEOPLE = `
  CREATE FUNCTION cairn.actor_administers() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT member_id FROM cairn.role_held WHERE person_id = cairn.actor_person() AND role = 'member_admin');
  COMMENT ON FUNCTION cairn.actor_administers() IS 'member that the person who acts administers, or null';
  CREATE FUNCTION cairn.actor_holds(VARIADIC roles text[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN EXISTS (SELECT FROM cairn.role_held WHERE person_id = cairn.actor_person() AND role = ANY (roles));
  COMMENT ON FUNCTION cairn.actor_holds(text[]) IS 'whether the person who acts holds one of these roles';
  GRANT EXECUTE ON FUNCTION cairn.actor_administers(), cairn.actor_holds(text[]) TO cairn_api;`;

/** Possession is proved for a member by who administers it; staff confirm and approve, each in their own name, and not for the member they administer. */
const PERSON_GUARDS = `
  CREATE FUNCTION cairn.guard_key_registration_person() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    member integer := (SELECT k.member_id FROM cairn.member_key k WHERE k.id = NEW.key_id);
    own boolean := member IS NOT DISTINCT FROM cairn.actor_administers();
    confirmer integer;
  BEGIN
    IF session_user <> 'cairn_api' THEN
      RETURN NEW;
    END IF;
    IF (NEW.nonce, NEW.proof, NEW.witness_proof) IS DISTINCT FROM (OLD.nonce, OLD.proof, OLD.witness_proof) AND NOT own THEN
      RAISE EXCEPTION 'a challenge is answered by who administers the member' USING ERRCODE = 'insufficient_privilege';
    END IF;
    confirmer := CASE WHEN NEW.second_confirmer IS DISTINCT FROM OLD.second_confirmer THEN NEW.second_confirmer
      WHEN NEW.first_confirmer IS DISTINCT FROM OLD.first_confirmer THEN NEW.first_confirmer END;
    IF confirmer IS NOT NULL AND (own OR confirmer IS DISTINCT FROM cairn.actor_person() OR NOT cairn.actor_holds('vetter', 'approver')) THEN
      RAISE EXCEPTION 'a key is confirmed by staff, in their own name' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER key_registration_person BEFORE INSERT OR UPDATE ON cairn.key_registration
    FOR EACH ROW EXECUTE FUNCTION cairn.guard_key_registration_person();

  CREATE FUNCTION cairn.guard_key_set_person() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF session_user = 'cairn_api' AND (NEW.approved_by IS DISTINCT FROM cairn.actor_person() OR NOT cairn.actor_holds('approver')
        OR NEW.member_id IS NOT DISTINCT FROM cairn.actor_administers()) THEN
      RAISE EXCEPTION 'a JWK Set is approved by an approver, in their own name' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER member_key_set_approved BEFORE INSERT ON cairn.member_key_set
    FOR EACH ROW WHEN (NEW.approved_by IS NOT NULL) EXECUTE FUNCTION cairn.guard_key_set_person();
  CREATE TRIGGER member_key_set_changed BEFORE UPDATE ON cairn.member_key_set
    FOR EACH ROW WHEN (NEW.approved_by IS NOT NULL AND (NEW.url, NEW.approved_by) IS DISTINCT FROM (OLD.url, OLD.approved_by))
    EXECUTE FUNCTION cairn.guard_key_set_person();`;

const GRANTS = `
  GRANT INSERT (member_id, purpose, thumbprint, jwk, route),
    UPDATE (state, not_after, overlap_ends_at, end_reason, end_since) ON cairn.member_key TO cairn_api;
  GRANT SELECT, INSERT, UPDATE (nonce, nonce_expires_at, proof, proved_at, witness_id, witness_proof, first_confirmer, first_confirmed_at,
    second_confirmer, second_confirmed_at, completed_at) ON cairn.key_registration TO cairn_api;
  GRANT SELECT, INSERT, UPDATE (url, host, proposed_by, approved_by, next_url, next_by, due_at, fetched_at, failure)
    ON cairn.member_key_set TO cairn_api;
  GRANT SELECT ON cairn.key_registration, cairn.member_key_set TO cairn_worker;
  GRANT UPDATE (due_at, attempted_at, fetched_at, failure) ON cairn.member_key_set TO cairn_worker;
  GRANT SELECT ON cairn.key_event TO cairn_api, cairn_worker;`;

/** The member whose rows a person may have as its administrator, and the staff who may have those of all. */
const OWN_MEMBER = '(SELECT cairn.actor_administers())';
const DECIDING = "(SELECT cairn.actor_holds('vetter', 'approver'))";
const READING = "(SELECT cairn.actor_holds('vetter', 'approver', 'auditor'))";
const OWN_KEY = `key_id IN (SELECT k.id FROM cairn.member_key k WHERE k.member_id = ${OWN_MEMBER})`;

/**
 * People act on keys: administrators on those of their own member, staff on all, but staff upload none. A member's machine and the API before
 * it knows who calls read whether a key stands, and that takes the member's JWK Set. The guards judge with the owner's rights: by all there is,
 * whoever acts; they withdraw what was not proved in time, whosever it is.
 */
const ISOLATION = `
  DROP POLICY member_key_person ON cairn.member_key;
  CREATE POLICY member_key_person ON cairn.member_key FOR SELECT TO cairn_api USING (member_id = ${OWN_MEMBER} OR ${READING});
  CREATE POLICY member_key_person_insert ON cairn.member_key FOR INSERT TO cairn_api WITH CHECK (member_id = ${OWN_MEMBER});
  CREATE POLICY member_key_person_update ON cairn.member_key FOR UPDATE TO cairn_api
    USING (member_id = ${OWN_MEMBER} OR ${DECIDING});
  CREATE POLICY member_key_triggers_update ON cairn.member_key FOR UPDATE TO cairn_owner
    USING ((SELECT cairn.actor_kind()) IS NOT NULL);

  ALTER TABLE cairn.key_registration ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY key_registration_person ON cairn.key_registration FOR SELECT TO cairn_api USING (${OWN_KEY} OR ${READING});
  CREATE POLICY key_registration_person_insert ON cairn.key_registration FOR INSERT TO cairn_api WITH CHECK (${OWN_KEY});
  CREATE POLICY key_registration_person_update ON cairn.key_registration FOR UPDATE TO cairn_api USING (${OWN_KEY} OR ${DECIDING});
  CREATE POLICY key_registration_worker ON cairn.key_registration TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY key_registration_owner ON cairn.key_registration TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
  CREATE POLICY key_registration_triggers ON cairn.key_registration FOR SELECT TO cairn_owner
    USING ((SELECT cairn.actor_kind()) IS NOT NULL);

  ALTER TABLE cairn.member_key_set ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY member_key_set_member ON cairn.member_key_set FOR SELECT TO cairn_api
    USING (member_id = (SELECT cairn.actor_member()));
  CREATE POLICY member_key_set_api ON cairn.member_key_set FOR SELECT TO cairn_api USING ((SELECT cairn.actor_kind()) = 'system');
  CREATE POLICY member_key_set_person ON cairn.member_key_set FOR SELECT TO cairn_api USING (member_id = ${OWN_MEMBER} OR ${READING});
  CREATE POLICY member_key_set_person_insert ON cairn.member_key_set FOR INSERT TO cairn_api
    WITH CHECK (member_id = ${OWN_MEMBER} OR ${DECIDING});
  CREATE POLICY member_key_set_person_update ON cairn.member_key_set FOR UPDATE TO cairn_api
    USING (member_id = ${OWN_MEMBER} OR ${DECIDING});
  CREATE POLICY member_key_set_worker ON cairn.member_key_set TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY member_key_set_owner ON cairn.member_key_set TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
  CREATE POLICY member_key_set_triggers ON cairn.member_key_set FOR SELECT TO cairn_owner
    USING ((SELECT cairn.actor_kind()) IS NOT NULL);

  ALTER TABLE cairn.key_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY key_event_person ON cairn.key_event FOR SELECT TO cairn_api USING (${OWN_KEY} OR ${READING});
  CREATE POLICY key_event_worker ON cairn.key_event TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY key_event_owner ON cairn.key_event TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
  CREATE POLICY key_event_triggers ON cairn.key_event FOR INSERT TO cairn_owner
    WITH CHECK ((SELECT cairn.actor_kind()) IS NOT NULL);`;
