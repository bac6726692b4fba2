/**
 * Rules of acts and moves. A broken rule is a check violation under the rule's own name, which is how code tells which one it was
 * (libs/membership/src/application/application-rules.ts).
 */
export const RULES_SQL = `
  CREATE FUNCTION cairn.refuse_act(rule text) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'the rule % is broken', rule
      USING ERRCODE = 'check_violation', CONSTRAINT = rule, SCHEMA = 'cairn';
  END $$;

  CREATE FUNCTION cairn.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'what was recorded in % stays as it is', TG_TABLE_NAME
      USING ERRCODE = 'check_violation', CONSTRAINT = 'application_append_only', SCHEMA = 'cairn', TABLE = TG_TABLE_NAME;
  END $$;

  CREATE FUNCTION cairn.keep_policy() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'DELETE' OR OLD.since_index IS NOT NULL
       OR to_jsonb(NEW) - 'since_index' <> to_jsonb(OLD) - 'since_index' THEN
      RAISE EXCEPTION 'what was recorded in % stays as it is', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'application_append_only', SCHEMA = 'cairn', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
  END $$;
  COMMENT ON FUNCTION cairn.keep_policy() IS 'a policy is written once, and once given its place in the log';

  CREATE FUNCTION cairn.require_own_name(actor text, person_id integer) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    IF (split_part(actor, ':', 1) = 'person' OR person_id IS NOT NULL)
       AND actor IS DISTINCT FROM 'person:' || person_id THEN
      PERFORM cairn.refuse_act('application_act_person');
    END IF;
  END $$;
  COMMENT ON FUNCTION cairn.require_own_name(text, integer) IS
    'the person an act is recorded under is the one on whose behalf the transaction runs';

  CREATE FUNCTION cairn.stamp_act() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    NEW.actor := nullif(current_setting('cairn.actor', true), '');
    NEW.at := cairn.admission_time();
    PERFORM cairn.require_own_name(NEW.actor, NEW.person_id);
    RETURN NEW;
  END $$;

  CREATE FUNCTION cairn.number_act() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    present text;
  BEGIN
    UPDATE cairn.application SET revision = revision + 1 WHERE id = NEW.application_id
      RETURNING state, revision INTO present, NEW.number;
    IF NOT FOUND THEN PERFORM cairn.refuse_act('application_move_application_fk'); END IF;
    IF NOT present = ANY (TG_ARGV) THEN
      PERFORM cairn.refuse_act('application_act_state');
    END IF;
    NEW.actor := nullif(current_setting('cairn.actor', true), '');
    NEW.at := cairn.admission_time();
    PERFORM cairn.require_own_name(NEW.actor, (to_jsonb(NEW) ->> 'person_id')::integer);
    IF split_part(NEW.actor, ':', 1) = 'applicant' AND NEW.actor <> 'applicant:' || NEW.application_id THEN
      PERFORM cairn.refuse_act('application_act_applicant');
    END IF;
    RETURN NEW;
  END $$;
  COMMENT ON FUNCTION cairn.number_act() IS 'acts on one application follow each other: this holds its row';

  CREATE FUNCTION cairn.guard_word() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF split_part(current_setting('cairn.actor', true), ':', 1) = 'member' OR NEW.member_id IS NOT NULL THEN
      IF cairn.actor_member() IS DISTINCT FROM NEW.member_id THEN PERFORM cairn.refuse_act('application_act_member'); END IF;
      IF NOT EXISTS (SELECT FROM cairn.full_members() WHERE id = NEW.member_id) THEN
        PERFORM cairn.refuse_act('application_full_member');
      END IF;
    END IF;
    IF TG_TABLE_NAME = 'application_endorsement' THEN
      IF NEW.legal_name_digest <> sha256(convert_to((cairn.current_profile(NEW.application_id)).legal_name, 'UTF8')) THEN
        PERFORM cairn.refuse_act('application_endorsement_name');
      END IF;
    END IF;
    RETURN NEW;
  END $$;
  COMMENT ON FUNCTION cairn.guard_word() IS
    'a member speaks about applicants in its own name and while it has full standing; of an applicant it sees nothing, so this looks for it';

  CREATE FUNCTION cairn.follow_acceptance() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    INSERT INTO cairn.pending_statement (dedup_key, body)
      SELECT format('agreement:%s:%s', m.handle, NEW.version), json_build_object(
               'kind', 'agreement', 'member', m.handle, 'version', NEW.version, 'digest', encode(NEW.digest, 'hex'))
        FROM cairn.application a JOIN cairn.member m ON m.id = a.member_id WHERE a.id = NEW.application_id
      ON CONFLICT DO NOTHING;
    PERFORM pg_notify('cairn_pending', '');
    RETURN NULL;
  END $$;
  COMMENT ON FUNCTION cairn.follow_acceptance() IS
    'an acceptance by a member is logged; an applicant may ask for no statement itself, so this does';

  CREATE FUNCTION cairn.guard_check() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    item cairn.checklist_item;
  BEGIN
    SELECT i.* INTO item FROM cairn.checklist_item i JOIN cairn.application a ON a.checklist_version = i.version
     WHERE a.id = NEW.application_id AND i.code = NEW.code;
    IF NOT FOUND THEN PERFORM cairn.refuse_act('application_check_item_fk'); END IF;
    IF NEW.person_id IS NULL AND (item.performer <> 'machine' OR split_part(NEW.actor, ':', 1) <> 'system') THEN
      PERFORM cairn.refuse_act('application_check_performer');
    END IF;
    IF NEW.outcome = 'not_applicable' AND NOT item.may_not_apply THEN
      PERFORM cairn.refuse_act('application_check_applies');
    END IF;
    NEW.checklist_version := item.version;
    NEW.facts := cairn.profile_facts((cairn.current_profile(NEW.application_id)).profile, item.facts);
    RETURN NEW;
  END $$;

  CREATE FUNCTION cairn.guard_recommendation() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    profile cairn.application_profile := cairn.current_profile(NEW.application_id);
    present text := (SELECT state FROM cairn.application WHERE id = NEW.application_id);
  BEGIN
    IF EXISTS (SELECT FROM unnest(NEW.reasons) AS given
                WHERE given NOT IN (SELECT code FROM cairn.application_reason WHERE to_state = 'rejected')) THEN
      PERFORM cairn.refuse_act('application_recommendation_reason');
    END IF;
    IF NEW.direction = 'reject' THEN RETURN NEW; END IF;
    IF present <> 'objection_window' THEN PERFORM cairn.refuse_act('application_act_state'); END IF;
    IF EXISTS (SELECT FROM cairn.missing_checks(NEW.application_id)) THEN
      PERFORM cairn.refuse_act('application_checks_passed');
    END IF;
    IF EXISTS (SELECT FROM cairn.missing_principles(NEW.application_id, true)) THEN
      PERFORM cairn.refuse_act('application_principles_found');
    END IF;
    IF profile.kind = 'government' AND NEW.rights <> '[]' THEN PERFORM cairn.refuse_act('application_observer'); END IF;
    IF profile.kind = 'academic' AND NEW.rights <> '[]' AND NOT (cairn.current_admission_policy()).academic_rights THEN
      PERFORM cairn.refuse_act('application_academic');
    END IF;
    IF NEW.accredited AND profile.kind <> 'hotline' THEN PERFORM cairn.refuse_act('application_accredited'); END IF;
    RETURN NEW;
  END $$;

  CREATE FUNCTION cairn.guard_decision() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    SELECT moves + 1 INTO NEW.move FROM cairn.application WHERE id = NEW.application_id;
    RETURN NEW;
  END $$;

  CREATE FUNCTION cairn.guard_application() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      NEW.created_at := cairn.admission_time();
      SELECT max(version) INTO NEW.checklist_version FROM cairn.checklist_item;
      IF (NEW.state, NEW.moves, NEW.revision) <> ('draft', 0, 0)
         OR num_nonnulls(NEW.member_id, NEW.window_opened_at, NEW.probation_from, NEW.attest_by) > 0 THEN
        PERFORM cairn.refuse_act('application_begins');
      END IF;
      RETURN NEW;
    END IF;
    IF (NEW.id, NEW.token_digest, NEW.checklist_version, NEW.created_at)
       <> (OLD.id, OLD.token_digest, OLD.checklist_version, OLD.created_at) OR NEW.revision < OLD.revision THEN
      PERFORM cairn.refuse_act('application_append_only');
    END IF;
    IF (NEW.state, NEW.moves) <> (OLD.state, OLD.moves) AND NOT EXISTS (
      SELECT FROM cairn.application_move
       WHERE application_id = NEW.id AND number = NEW.moves AND NEW.moves = OLD.moves + 1
         AND from_state = OLD.state AND to_state = NEW.state) THEN
      PERFORM cairn.refuse_act('application_state_by_move');
    END IF;
    IF NEW.member_id IS DISTINCT FROM OLD.member_id AND (OLD.member_id IS NOT NULL OR OLD.state <> 'decided') THEN
      PERFORM cairn.refuse_act('application_member_once');
    END IF;
    RETURN NEW;
  END $$;
`;

/** The triggers go with their functions. */
export const DROP_RULES_SQL = `
  DROP FUNCTION cairn.guard_application(), cairn.guard_decision(), cairn.guard_recommendation(), cairn.guard_check(),
    cairn.guard_word(), cairn.follow_acceptance(), cairn.keep_policy(), cairn.number_act(), cairn.stamp_act(), cairn.refuse_rewriting() CASCADE;
  DROP FUNCTION cairn.require_own_name(text, integer), cairn.refuse_act(text);
`;
