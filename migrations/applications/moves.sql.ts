/** What holds before a move is recorded, and what it does. */
export const MOVES_SQL = `
  CREATE FUNCTION cairn.guard_way_in(a cairn.application, target text, mover integer) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    profile cairn.application_profile := cairn.current_profile(a.id);
  BEGIN
    IF target = 'submitted' THEN
      IF profile.application_id IS NULL THEN PERFORM cairn.refuse_act('application_profile_given'); END IF;
      IF EXISTS (SELECT FROM cairn.missing_principles(a.id, false)) THEN PERFORM cairn.refuse_act('application_principles_stated'); END IF;
      IF cairn.asks_child_safety(profile.profile) AND coalesce(profile.profile -> 'measures', '[]') = '[]' THEN
        PERFORM cairn.refuse_act('application_measures_named');
      END IF;
    END IF;
    IF target IN ('endorsed', 'objection_window', 'decided') THEN
      IF NOT cairn.accepts_current_agreement(a.id) THEN PERFORM cairn.refuse_act('application_agreement_accepted'); END IF;
      IF (SELECT count(*) FROM cairn.counted_endorsements(a.id)) < (cairn.current_admission_policy()).endorsements
         AND NOT cairn.is_founding() THEN
        PERFORM cairn.refuse_act('application_two_endorsements');
      END IF;
    END IF;
    -- Without a window nobody could object: that is for founders alone, whom nobody comes before.
    IF target = 'objection_window' AND (cairn.current_admission_policy()).objection_days = 0 AND NOT cairn.is_founding() THEN
      PERFORM cairn.refuse_act('application_window_needed');
    END IF;
    IF target = 'decided' THEN
      IF cairn.open_objections(a.id) > 0 THEN PERFORM cairn.refuse_act('application_objections_answered'); END IF;
      IF cairn.objection_time_left(a.id) > interval '0' THEN PERFORM cairn.refuse_act('application_window_elapsed'); END IF;
    END IF;
    -- The decision is the act right before this move, so nothing it was not about can have come between.
    IF target IN ('decided', 'rejected') AND NOT EXISTS (
      SELECT FROM cairn.application_decision d
       WHERE d.application_id = a.id AND d.number = a.revision AND d.person_id = mover
         AND d.direction = CASE target WHEN 'decided' THEN 'admit' ELSE 'reject' END) THEN
      PERFORM cairn.refuse_act('application_decided_by_two');
    END IF;
  END $$;

  CREATE FUNCTION cairn.guard_membership(a cairn.application, target text, evidence bytea) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    kind text := (SELECT m.kind FROM cairn.member m WHERE m.id = a.member_id);
    before text;
    asked_at timestamptz;
  BEGIN
    IF a.state = 'suspended' THEN
      IF target = 'expelled' THEN RETURN; END IF;
      SELECT from_state INTO before FROM cairn.application_move
       WHERE application_id = a.id AND to_state = 'suspended' ORDER BY number DESC LIMIT 1;
      IF before <> target THEN PERFORM cairn.refuse_act('application_back_to_before'); END IF;
      RETURN;
    END IF;
    IF target IN ('conformance', 'probation') AND kind = 'government' THEN PERFORM cairn.refuse_act('application_observer'); END IF;
    IF target = 'conformance' AND (
      SELECT count(DISTINCT k.purpose) FROM cairn.member_key k
       WHERE k.member_id = a.member_id AND (k.state = 'active' OR (k.state = 'retiring' AND k.overlap_ends_at > now()))
         AND (k.route <> 'key_set' OR (k.unlisted_at IS NULL AND EXISTS (SELECT FROM cairn.member_key_set s
           WHERE s.member_id = k.member_id AND s.fetched_at > now() - interval '24 hours')))) < 2 THEN
      PERFORM cairn.refuse_act('application_keys_active');
    END IF;
    IF target = 'probation' AND evidence IS NULL THEN PERFORM cairn.refuse_act('application_conformance_report'); END IF;
    IF target = 'active' AND a.state = 'key_ceremony' AND kind <> 'government' THEN
      PERFORM cairn.refuse_act('application_only_observers');
    END IF;
    IF target = 'active' AND a.state = 'probation' AND cairn.admission_time() <
      a.probation_from + make_interval(days => (cairn.current_admission_policy()).probation_days) THEN
      PERFORM cairn.refuse_act('application_probation_elapsed');
    END IF;
    IF target = 're_attestation_due' AND cairn.admission_time() < a.attest_by AND NOT cairn.agreement_overdue(a.id) THEN
      PERFORM cairn.refuse_act('application_attestation_due');
    END IF;
    IF target = 'active' AND a.state = 're_attestation_due' THEN
      SELECT at INTO asked_at FROM cairn.application_move
       WHERE application_id = a.id AND from_state = 'active' AND to_state = 're_attestation_due' ORDER BY number DESC LIMIT 1;
      IF NOT EXISTS (SELECT FROM cairn.application_attestation t
                      JOIN cairn.application_attestation_review r ON r.application_id = t.application_id AND r.attestation = t.number
                     WHERE t.application_id = a.id AND t.at >= asked_at AND r.outcome = 'accepted') THEN
        PERFORM cairn.refuse_act('application_attested');
      END IF;
      IF NOT cairn.accepts_current_agreement(a.id) THEN PERFORM cairn.refuse_act('application_agreement_accepted'); END IF;
    END IF;
  END $$;

  CREATE FUNCTION cairn.guard_move() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    a cairn.application;
    allowed text[];
  BEGIN
    SELECT * INTO a FROM cairn.application WHERE id = NEW.application_id FOR UPDATE;
    IF NOT FOUND THEN PERFORM cairn.refuse_act('application_move_application_fk'); END IF;
    NEW.number := a.moves + 1;
    NEW.actor := nullif(current_setting('cairn.actor', true), '');
    NEW.at := cairn.admission_time();
    IF NEW.from_state IS DISTINCT FROM a.state THEN PERFORM cairn.refuse_act('application_move_from_present'); END IF;
    SELECT movers INTO allowed FROM cairn.application_transition
     WHERE from_state = NEW.from_state AND to_state = NEW.to_state;
    IF NOT FOUND THEN PERFORM cairn.refuse_act('application_move_transition_fk'); END IF;
    PERFORM cairn.require_own_name(NEW.actor, NEW.person_id);
    IF NOT (CASE split_part(NEW.actor, ':', 1)
             WHEN 'person' THEN 'staff' = ANY (allowed)
             WHEN 'applicant' THEN 'applicant' = ANY (allowed) AND NEW.actor = 'applicant:' || NEW.application_id
             WHEN 'system' THEN 'system' = ANY (allowed)
             ELSE false END) THEN
      PERFORM cairn.refuse_act('application_move_mover');
    END IF;
    -- Back out of a suspension needs no reason of the state it leads to.
    IF NEW.reason_code IS NULL AND a.state <> 'suspended' OR NEW.reason_code IS NULL AND NEW.to_state = 'expelled' THEN
      IF EXISTS (SELECT FROM cairn.application_reason WHERE to_state = NEW.to_state) THEN
        PERFORM cairn.refuse_act('application_move_reason_fk');
      END IF;
    END IF;
    IF a.member_id IS NULL OR a.state = 'decided' THEN
      PERFORM cairn.guard_way_in(a, NEW.to_state, NEW.person_id);
    ELSE
      PERFORM cairn.guard_membership(a, NEW.to_state, NEW.evidence);
    END IF;
    RETURN NEW;
  END $$;

  CREATE FUNCTION cairn.make_member(subject uuid) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    made integer;
  BEGIN
    INSERT INTO cairn.member (handle, name, kind, control_group, accredited, requested_group, requested_accredited)
      SELECT p.handle, p.legal_name, p.kind, g, r.accredited, g, r.accredited
        FROM cairn.current_profile(subject) AS p, cairn.application_control_group(subject) AS g,
             cairn.application_decision d
        JOIN cairn.application_recommendation r ON r.application_id = d.application_id AND r.number = d.recommendation
       WHERE d.application_id = subject AND d.direction = 'admit'
      RETURNING id INTO STRICT made;
    RETURN made;
  END $$;
  COMMENT ON FUNCTION cairn.make_member(uuid) IS 'the member as it was decided; nobody but the move that opens the key ceremony calls it';

  CREATE FUNCTION cairn.follow_move() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    policy cairn.admission_policy := cairn.current_admission_policy();
    again boolean := NEW.from_state = 'suspended';
    admitted integer;
  BEGIN
    IF NEW.from_state = 'decided' AND NEW.to_state = 'key_ceremony' THEN admitted := cairn.make_member(NEW.application_id); END IF;
    UPDATE cairn.application SET state = NEW.to_state, moves = NEW.number, revision = revision + 1, member_id = coalesce(admitted, member_id),
        window_opened_at = CASE NEW.to_state WHEN 'objection_window' THEN NEW.at ELSE window_opened_at END,
        window_length = CASE NEW.to_state WHEN 'objection_window' THEN make_interval(days => policy.objection_days) ELSE window_length END,
        probation_from = CASE WHEN NEW.to_state = 'probation' AND NOT again THEN NEW.at ELSE probation_from END,
        attest_by = CASE WHEN NEW.to_state = 'active' AND NOT again THEN NEW.at + make_interval(days => policy.attestation_days)
                         ELSE attest_by END
      WHERE id = NEW.application_id;
    RETURN NULL;
  END $$;
`;

/** The triggers go with their functions. */
export const DROP_MOVES_SQL = `
  DROP FUNCTION cairn.follow_move(), cairn.guard_move() CASCADE;
  DROP FUNCTION cairn.make_member(uuid), cairn.guard_membership(cairn.application, text, bytea),
    cairn.guard_way_in(cairn.application, text, integer);
`;
