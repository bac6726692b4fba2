/**
 * Reading an application: questions that rules and code ask with the same words. They see what their caller sees: triggers all of it, as
 * staff do; an applicant or a member only what is its own.
 */
export const FACTS_SQL = `
  CREATE FUNCTION cairn.admission_time() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$ SELECT date_trunc('milliseconds', clock_timestamp()) $$;
  COMMENT ON FUNCTION cairn.admission_time() IS 'the one clock of applications';

  CREATE FUNCTION cairn.current_admission_policy() RETURNS cairn.admission_policy
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS
    $$ SELECT p FROM cairn.admission_policy p WHERE version = 1 OR since_index IS NOT NULL ORDER BY version DESC LIMIT 1 $$;
  COMMENT ON FUNCTION cairn.current_admission_policy() IS 'the latest that has been logged; the first holds until then';

  CREATE FUNCTION cairn.current_profile(subject uuid) RETURNS cairn.application_profile
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS
    $$ SELECT p FROM cairn.application_profile p WHERE application_id = subject ORDER BY number DESC LIMIT 1 $$;

  CREATE FUNCTION cairn.asks_child_safety(profile jsonb) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM jsonb_array_elements(profile -> 'channels') AS asked
                    WHERE asked ->> 'channel' = ANY ((cairn.current_admission_policy()).child_safety_channels))
  $$;

  CREATE FUNCTION cairn.profile_facts(profile jsonb, facts text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
    $$ SELECT coalesce(jsonb_object_agg(fact, profile -> fact), '{}') FROM unnest(facts) AS fact $$;

  CREATE FUNCTION cairn.application_control_group(subject uuid) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
      (SELECT control_group FROM cairn.application_group WHERE application_id = subject ORDER BY number DESC LIMIT 1),
      (cairn.current_profile(subject)).handle)
  $$;

  CREATE FUNCTION cairn.full_members() RETURNS TABLE (id integer, control_group text)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT m.id, m.control_group FROM cairn.member m
     WHERE m.admitted_index IS NOT NULL AND m.status = 'active' AND m.standing = 'active' AND m.kind <> 'government'
       AND NOT EXISTS (SELECT FROM cairn.application a
                        WHERE a.member_id = m.id AND a.state NOT IN ('active', 're_attestation_due'))
  $$;
  COMMENT ON FUNCTION cairn.full_members() IS
    'members whose word counts about applicants: active, no observer, not themselves on the way in or out';

  CREATE FUNCTION cairn.counted_endorsements(subject uuid)
  RETURNS TABLE (number bigint, member_id integer, control_group text)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT ON (f.control_group) e.number, e.member_id, f.control_group
      FROM cairn.application_endorsement e
      JOIN cairn.full_members() f ON f.id = e.member_id
      JOIN cairn.member_key k ON k.id = e.key_id AND k.state IN ('active', 'retiring', 'retired')
     WHERE e.application_id = subject AND e.relationship = 'none'
       AND e.legal_name_digest = sha256(convert_to((cairn.current_profile(subject)).legal_name, 'UTF8'))
       AND f.control_group <> cairn.application_control_group(subject)
       AND NOT EXISTS (SELECT FROM cairn.application_endorsement_withdrawal w
                        WHERE w.application_id = subject AND w.endorsement = e.number)
     ORDER BY f.control_group, e.number
  $$;
  COMMENT ON FUNCTION cairn.counted_endorsements(uuid) IS
    'one of each control group but the applicant''s own, by full members, under keys that were not revoked, without a relationship';

  CREATE FUNCTION cairn.is_founding() RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS
    $$ SELECT (SELECT count(*) FROM cairn.full_members()) < (cairn.current_admission_policy()).founding_members $$;

  CREATE FUNCTION cairn.accepts_current_agreement(subject uuid) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM cairn.agreement_acceptance
                    WHERE application_id = subject AND version = (SELECT max(version) FROM cairn.agreement))
  $$;

  CREATE FUNCTION cairn.agreement_overdue(subject uuid) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT cairn.accepts_current_agreement(subject) AND EXISTS (
      SELECT FROM cairn.agreement WHERE version = (SELECT max(version) FROM cairn.agreement) AND accept_by <= cairn.admission_time())
  $$;

  CREATE FUNCTION cairn.open_objections(subject uuid) RETURNS integer
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*)::integer FROM cairn.application_objection o
     WHERE application_id = subject AND NOT EXISTS (
       SELECT FROM cairn.application_objection_answer r WHERE r.application_id = subject AND r.objection = o.number)
  $$;

  CREATE FUNCTION cairn.objection_time_left(subject uuid) RETURNS interval
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH a AS (SELECT window_opened_at AS opened, window_length AS length, cairn.admission_time() AS now
                 FROM cairn.application WHERE id = subject AND state = 'objection_window'),
         stops AS (SELECT range_agg(tstzrange(greatest(o.at, a.opened), greatest(coalesce(r.at, a.now), o.at, a.opened))) AS stop
                     FROM a, cairn.application_objection o
                     LEFT JOIN cairn.application_objection_answer r
                       ON r.application_id = o.application_id AND r.objection = o.number
                    WHERE o.application_id = subject)
    SELECT greatest(interval '0', a.length - (a.now - a.opened)
             + coalesce((SELECT sum(upper(s) - lower(s)) FROM unnest(stops.stop) AS s), interval '0'))
      FROM a, stops
  $$;
  COMMENT ON FUNCTION cairn.objection_time_left(uuid) IS
    'an open objection stops the clock; null when no window is open';

  CREATE FUNCTION cairn.missing_checks(subject uuid) RETURNS SETOF text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.code
      FROM cairn.application a
      CROSS JOIN LATERAL cairn.current_profile(a.id) AS p
      JOIN cairn.checklist_item i ON i.version = a.checklist_version AND i.required AND p.kind = ANY (i.member_kinds)
       AND (NOT i.child_safety OR cairn.asks_child_safety(p.profile))
      LEFT JOIN LATERAL (
        SELECT c.outcome, c.facts FROM cairn.application_check c
         WHERE c.application_id = a.id AND c.code = i.code ORDER BY c.number DESC LIMIT 1) AS latest ON true
     WHERE a.id = subject AND (
       latest.outcome IS NULL OR latest.facts <> cairn.profile_facts(p.profile, i.facts)
       OR NOT (latest.outcome = 'pass' OR (latest.outcome = 'not_applicable' AND i.may_not_apply)))
     ORDER BY i.code
  $$;
  COMMENT ON FUNCTION cairn.missing_checks(uuid) IS
    'required checks that have not passed, or passed when the profile said something else';

  CREATE FUNCTION cairn.missing_principles(subject uuid, found boolean) RETURNS SETOF integer
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT n FROM generate_series(1, 11) AS n
      LEFT JOIN LATERAL (SELECT number FROM cairn.application_principle
                          WHERE application_id = subject AND principle = n ORDER BY number DESC LIMIT 1) AS said ON true
     WHERE cairn.asks_child_safety((cairn.current_profile(subject)).profile)
       AND (said.number IS NULL OR (found AND NOT EXISTS (
         SELECT FROM cairn.application_principle_finding f WHERE f.application_id = subject AND f.statement = said.number)))
     ORDER BY n
  $$;
`;

export const DROP_FACTS_SQL = `
  DROP FUNCTION cairn.missing_principles(uuid, boolean), cairn.missing_checks(uuid), cairn.objection_time_left(uuid),
    cairn.open_objections(uuid), cairn.agreement_overdue(uuid), cairn.accepts_current_agreement(uuid), cairn.is_founding(),
    cairn.counted_endorsements(uuid), cairn.full_members(), cairn.application_control_group(uuid),
    cairn.profile_facts(jsonb, text[]), cairn.asks_child_safety(jsonb), cairn.current_profile(uuid),
    cairn.current_admission_policy(), cairn.admission_time();
`;
