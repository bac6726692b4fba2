/** Acts that anybody makes on an application: who, when, and which change of the application it was. */
const ACT = `
    application_id uuid NOT NULL,
    number bigint NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL`;

/** Name, key and owner of a table whose rows are acts on applications. */
function acts(name: string, columns: string): string {
  return `CREATE TABLE cairn.${name} (${ACT},
    ${columns},
    CONSTRAINT ${name}_pk PRIMARY KEY (application_id, number),
    CONSTRAINT ${name}_application_fk FOREIGN KEY (application_id) REFERENCES cairn.application
  );`;
}

const staff = (name: string): string =>
  `person_id integer NOT NULL CONSTRAINT ${name}_person_fk REFERENCES cairn.person`;
const note = (name: string): string =>
  `note text CONSTRAINT ${name}_note_ck CHECK (length(note) BETWEEN 1 AND 4000)`;
const digest = (name: string, column: string): string =>
  `${column} bytea NOT NULL CONSTRAINT ${name}_${column}_ck CHECK (length(${column}) = 32)`;

/** What the alliance asks of everybody: policy and agreement. */
export const ALLIANCE_TABLES_SQL = `
  CREATE TABLE cairn.admission_policy (
    version integer CONSTRAINT admission_policy_pk PRIMARY KEY CONSTRAINT admission_policy_version_ck CHECK (version > 0),
    endorsements integer NOT NULL CONSTRAINT admission_policy_endorsements_ck CHECK (endorsements BETWEEN 2 AND 20),
    founding_members integer NOT NULL CONSTRAINT admission_policy_founding_ck CHECK (founding_members BETWEEN 0 AND 5),
    academic_rights boolean NOT NULL,
    child_safety_channels text[] NOT NULL,
    objection_days integer NOT NULL CONSTRAINT admission_policy_objection_ck
      CHECK (objection_days BETWEEN CASE WHEN founding_members > 0 THEN 0 ELSE 1 END AND 90),
    probation_days integer NOT NULL CONSTRAINT admission_policy_probation_ck CHECK (probation_days BETWEEN 1 AND 730),
    probation_entries_a_day integer NOT NULL CONSTRAINT admission_policy_probation_entries_ck
      CHECK (probation_entries_a_day BETWEEN 1 AND 10000000),
    conformance_days integer NOT NULL CONSTRAINT admission_policy_conformance_ck CHECK (conformance_days BETWEEN 1 AND 730),
    attestation_days integer NOT NULL CONSTRAINT admission_policy_attestation_ck CHECK (attestation_days BETWEEN 30 AND 366),
    since_index bigint,
    actor text NOT NULL,
    person_id integer CONSTRAINT admission_policy_person_fk REFERENCES cairn.person,
    at timestamptz NOT NULL
  );
  COMMENT ON COLUMN cairn.admission_policy.founding_members IS
    'while there are fewer full members, staff may admit without endorsements';
  COMMENT ON COLUMN cairn.admission_policy.since_index IS
    'log index of its statement, with which it comes into force; null before, and of the first, which holds until one is logged';
  INSERT INTO cairn.admission_policy VALUES
    (1, 2, 0, false, '{csam}', 14, 90, 10000, 90, 365, NULL, 'system:migration', NULL, now());

  CREATE TABLE cairn.agreement (
    version integer CONSTRAINT agreement_pk PRIMARY KEY CONSTRAINT agreement_version_ck CHECK (version > 0),
    title text NOT NULL CONSTRAINT agreement_title_ck CHECK (length(title) BETWEEN 1 AND 200),
    text text NOT NULL CONSTRAINT agreement_text_ck CHECK (length(text) BETWEEN 1 AND 500000),
    digest bytea NOT NULL CONSTRAINT agreement_digest_ck CHECK (digest = sha256(convert_to(text, 'UTF8'))),
    accept_by timestamptz NOT NULL,
    actor text NOT NULL,
    person_id integer NOT NULL CONSTRAINT agreement_person_fk REFERENCES cairn.person,
    at timestamptz NOT NULL,
    CONSTRAINT agreement_digest_uq UNIQUE (digest),
    CONSTRAINT agreement_version_digest_uq UNIQUE (version, digest)
  );
  COMMENT ON COLUMN cairn.agreement.accept_by IS 'deadline for members who accepted an earlier version';
`;

/** The application, its moves, and what the applicant says. */
export const APPLICATION_TABLES_SQL = `
  CREATE TABLE cairn.application (
    id uuid CONSTRAINT application_pk PRIMARY KEY DEFAULT gen_random_uuid(),
    token_digest bytea NOT NULL CONSTRAINT application_token_uq UNIQUE
      CONSTRAINT application_token_ck CHECK (length(token_digest) = 32),
    checklist_version integer NOT NULL,
    state text NOT NULL DEFAULT 'draft' CONSTRAINT application_state_fk REFERENCES cairn.application_state,
    moves integer NOT NULL DEFAULT 0,
    revision bigint NOT NULL DEFAULT 0,
    member_id integer CONSTRAINT application_member_uq UNIQUE CONSTRAINT application_member_fk REFERENCES cairn.member,
    window_opened_at timestamptz,
    window_length interval,
    probation_from timestamptz,
    attest_by timestamptz,
    created_at timestamptz NOT NULL
  );
  COMMENT ON COLUMN cairn.application.token_digest IS 'SHA-256 of the secret by which an applicant, who has no login, comes back';
  COMMENT ON COLUMN cairn.application.state IS 'where the latest move led; written by the move alone';
  COMMENT ON COLUMN cairn.application.revision IS
    'counts every act on the application and is the number of each: between two acts of following numbers nothing happened';
  CREATE INDEX application_state_ix ON cairn.application (state);

  CREATE TABLE cairn.application_move (
    application_id uuid NOT NULL CONSTRAINT application_move_application_fk REFERENCES cairn.application,
    number integer NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    actor text NOT NULL,
    person_id integer CONSTRAINT application_move_person_fk REFERENCES cairn.person,
    at timestamptz NOT NULL,
    reason_code text,
    ${note('application_move')},
    evidence bytea CONSTRAINT application_move_evidence_ck CHECK (length(evidence) = 32),
    CONSTRAINT application_move_pk PRIMARY KEY (application_id, number),
    CONSTRAINT application_move_transition_fk FOREIGN KEY (from_state, to_state) REFERENCES cairn.application_transition,
    CONSTRAINT application_move_reason_fk FOREIGN KEY (to_state, reason_code) REFERENCES cairn.application_reason
  );
  COMMENT ON COLUMN cairn.application_move.evidence IS 'SHA-256 of the report that the move rests on, such as that of conformance';

  ${acts(
    'application_profile',
    `profile jsonb NOT NULL CONSTRAINT application_profile_object_ck CHECK (jsonb_typeof(profile) = 'object'),
    kind text NOT NULL GENERATED ALWAYS AS (profile ->> 'kind') STORED CONSTRAINT application_profile_kind_ck
      CHECK (kind IN ('platform', 'hotline', 'ngo', 'academic', 'government')),
    handle text NOT NULL GENERATED ALWAYS AS (profile ->> 'handle') STORED,
    legal_name text NOT NULL GENERATED ALWAYS AS (profile ->> 'legalName') STORED,
    CONSTRAINT application_profile_actor_ck CHECK (actor = 'applicant:' || application_id),
    CONSTRAINT application_profile_channels_ck CHECK (jsonb_typeof(profile -> 'channels') IS NOT DISTINCT FROM 'array'),
    CONSTRAINT application_profile_observer_ck CHECK (kind <> 'government' OR profile -> 'channels' = '[]')`,
  )}

  ${acts(
    'application_principle',
    `principle smallint NOT NULL CONSTRAINT application_principle_range_ck CHECK (principle BETWEEN 1 AND 11),
    applies boolean NOT NULL,
    because text CONSTRAINT application_principle_because_ck CHECK (length(because) BETWEEN 1 AND 4000),
    standing text CONSTRAINT application_principle_standing_ck CHECK (standing IN ('in_place', 'planned', 'not_yet')),
    planned_by date,
    evidence text CONSTRAINT application_principle_evidence_ck CHECK (length(evidence) BETWEEN 1 AND 2000),
    CONSTRAINT application_principle_actor_ck CHECK (actor = 'applicant:' || application_id),
    CONSTRAINT application_principle_applies_ck
      CHECK (applies = (standing IS NOT NULL) AND (applies OR because IS NOT NULL)),
    CONSTRAINT application_principle_planned_ck CHECK ((standing IS NOT DISTINCT FROM 'planned') = (planned_by IS NOT NULL)),
    CONSTRAINT application_principle_proof_ck CHECK (standing IS DISTINCT FROM 'in_place' OR evidence IS NOT NULL),
    CONSTRAINT application_principle_statement_uq UNIQUE (application_id, principle, number)`,
  )}

  CREATE TABLE cairn.document (
    application_id uuid NOT NULL CONSTRAINT document_application_fk REFERENCES cairn.application,
    digest bytea NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT document_pk PRIMARY KEY (application_id, digest),
    CONSTRAINT document_size_ck CHECK (length(content) BETWEEN 1 AND 10485760),
    CONSTRAINT document_digest_ck CHECK (digest = sha256(content))
  );
  ALTER TABLE cairn.document ALTER COLUMN content SET STORAGE EXTERNAL;

  ${acts(
    'application_document',
    `digest bytea NOT NULL,
    person_id integer CONSTRAINT application_document_person_fk REFERENCES cairn.person,
    media_type text NOT NULL CONSTRAINT application_document_type_ck
      CHECK (media_type IN ('application/pdf', 'image/png', 'image/jpeg', 'text/plain')),
    name text NOT NULL CONSTRAINT application_document_name_ck CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT application_document_digest_fk FOREIGN KEY (application_id, digest) REFERENCES cairn.document,
    CONSTRAINT application_document_uq UNIQUE (application_id, digest)`,
  )}

  ${acts(
    'agreement_acceptance',
    `version integer NOT NULL,
    digest bytea NOT NULL,
    person_id integer CONSTRAINT agreement_acceptance_person_fk REFERENCES cairn.person,
    name text NOT NULL CONSTRAINT agreement_acceptance_name_ck CHECK (length(name) BETWEEN 1 AND 200),
    title text NOT NULL CONSTRAINT agreement_acceptance_title_ck CHECK (length(title) BETWEEN 1 AND 200),
    email text NOT NULL CONSTRAINT agreement_acceptance_email_ck CHECK (length(email) BETWEEN 3 AND 254),
    CONSTRAINT agreement_acceptance_agreement_fk FOREIGN KEY (version, digest) REFERENCES cairn.agreement (version, digest),
    CONSTRAINT agreement_acceptance_version_uq UNIQUE (application_id, version)`,
  )}
  COMMENT ON TABLE cairn.agreement_acceptance IS 'name, title and e-mail address are those of the authorised signatory';
`;

/** What staff and members say about an application. */
export const REVIEW_TABLES_SQL = `
  ${acts(
    'application_check',
    `checklist_version integer NOT NULL,
    code text NOT NULL,
    person_id integer CONSTRAINT application_check_person_fk REFERENCES cairn.person,
    outcome text NOT NULL CONSTRAINT application_check_outcome_ck CHECK (outcome IN ('pass', 'fail', 'not_applicable')),
    evidence text CONSTRAINT application_check_evidence_ck CHECK (length(evidence) BETWEEN 1 AND 2000),
    ${note('application_check')},
    facts jsonb NOT NULL,
    CONSTRAINT application_check_item_fk FOREIGN KEY (checklist_version, code) REFERENCES cairn.checklist_item`,
  )}
  COMMENT ON COLUMN cairn.application_check.facts IS 'the facts of the profile that it was made about';

  ${acts(
    'application_principle_finding',
    `principle smallint NOT NULL,
    statement bigint NOT NULL,
    ${staff('application_principle_finding')},
    finding text NOT NULL CONSTRAINT application_principle_finding_ck CHECK (finding IN ('confirmed', 'partly', 'not_confirmed')),
    ${note('application_principle_finding')},
    CONSTRAINT application_principle_finding_statement_fk FOREIGN KEY (application_id, principle, statement)
      REFERENCES cairn.application_principle (application_id, principle, number)`,
  )}
  COMMENT ON COLUMN cairn.application_principle_finding.statement IS 'what the applicant said and this is about: said anew, it is to be found anew';

  ${acts(
    'application_group',
    `${staff('application_group')},
    control_group text NOT NULL CONSTRAINT application_group_ck CHECK (control_group ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    ${note('application_group')}`,
  )}
  COMMENT ON TABLE cairn.application_group IS 'under whose control staff found the applicant to be; its own until then';

  ${acts(
    'application_endorsement',
    `member_id integer NOT NULL CONSTRAINT application_endorsement_member_fk REFERENCES cairn.member,
    key_id integer NOT NULL CONSTRAINT application_endorsement_key_fk REFERENCES cairn.member_key,
    jti uuid NOT NULL,
    ${digest('application_endorsement', 'payload_digest')},
    token text NOT NULL CONSTRAINT application_endorsement_token_ck CHECK (length(token) <= 8192),
    ${digest('application_endorsement', 'legal_name_digest')},
    relationship text NOT NULL CONSTRAINT application_endorsement_relationship_ck
      CHECK (relationship IN ('none', 'ownership', 'shared_officers', 'supplier', 'customer', 'funding', 'other')),
    ${note('application_endorsement')},
    signed_at timestamptz NOT NULL,
    CONSTRAINT application_endorsement_jti_uq UNIQUE (member_id, jti)`,
  )}
  ${acts(
    'application_endorsement_withdrawal',
    `endorsement bigint NOT NULL,
    member_id integer NOT NULL CONSTRAINT application_endorsement_withdrawal_member_fk REFERENCES cairn.member,
    ${note('application_endorsement_withdrawal')},
    CONSTRAINT application_endorsement_withdrawal_fk FOREIGN KEY (application_id, endorsement)
      REFERENCES cairn.application_endorsement (application_id, number),
    CONSTRAINT application_endorsement_withdrawal_uq UNIQUE (application_id, endorsement)`,
  )}

  ${acts(
    'application_objection',
    `member_id integer CONSTRAINT application_objection_member_fk REFERENCES cairn.member,
    person_id integer CONSTRAINT application_objection_person_fk REFERENCES cairn.person,
    code text NOT NULL CONSTRAINT application_objection_code_ck
      CHECK (code IN ('identity', 'control', 'government_link', 'conduct', 'capability', 'conflict_of_interest', 'other')),
    ${note('application_objection')},
    CONSTRAINT application_objection_by_ck CHECK (num_nonnulls(member_id, person_id) = 1)`,
  )}
  ${acts(
    'application_objection_answer',
    `objection bigint NOT NULL,
    ${staff('application_objection_answer')},
    outcome text NOT NULL CONSTRAINT application_objection_answer_outcome_ck CHECK (outcome IN ('upheld', 'dismissed')),
    answer text NOT NULL CONSTRAINT application_objection_answer_ck CHECK (length(answer) BETWEEN 1 AND 4000),
    CONSTRAINT application_objection_answer_fk FOREIGN KEY (application_id, objection)
      REFERENCES cairn.application_objection (application_id, number),
    CONSTRAINT application_objection_answer_uq UNIQUE (application_id, objection)`,
  )}
`;

/** Recommendation and decision, and what is asked of members every year. */
export const DECISION_TABLES_SQL = `
  ${acts(
    'application_recommendation',
    `${staff('application_recommendation')},
    direction text NOT NULL CONSTRAINT application_recommendation_direction_ck CHECK (direction IN ('admit', 'reject')),
    reasons text[] NOT NULL,
    rights jsonb NOT NULL CONSTRAINT application_recommendation_rights_ck CHECK (jsonb_typeof(rights) = 'array'),
    accredited boolean NOT NULL,
    seen bigint NOT NULL,
    ${digest('application_recommendation', 'digest')},
    ${note('application_recommendation')},
    CONSTRAINT application_recommendation_seen_ck CHECK (seen = number - 1),
    CONSTRAINT application_recommendation_reasons_ck CHECK ((direction = 'reject') = (cardinality(reasons) > 0)),
    CONSTRAINT application_recommendation_reject_ck CHECK (direction = 'admit' OR (rights = '[]' AND NOT accredited)),
    CONSTRAINT application_recommendation_uq UNIQUE (application_id, number, person_id, direction)`,
  )}
  COMMENT ON COLUMN cairn.application_recommendation.seen IS 'revision that the vetter was shown, of which digest is the digest';

  ${acts(
    'application_decision',
    `move integer NOT NULL,
    recommendation bigint NOT NULL,
    recommended_by integer NOT NULL,
    ${staff('application_decision')},
    direction text NOT NULL,
    ${digest('application_decision', 'digest')},
    ${note('application_decision')},
    CONSTRAINT application_decision_once_uq UNIQUE (application_id),
    CONSTRAINT application_decision_two_persons_ck CHECK (recommended_by <> person_id),
    CONSTRAINT application_decision_unchanged_ck CHECK (recommendation = number - 1),
    CONSTRAINT application_decision_recommendation_fk
      FOREIGN KEY (application_id, recommendation, recommended_by, direction)
      REFERENCES cairn.application_recommendation (application_id, number, person_id, direction),
    CONSTRAINT application_decision_move_fk FOREIGN KEY (application_id, move)
      REFERENCES cairn.application_move DEFERRABLE INITIALLY DEFERRED`,
  )}
  COMMENT ON CONSTRAINT application_decision_unchanged_ck ON cairn.application_decision IS
    'nothing came between recommendation and decision';

  ${acts(
    'application_attestation',
    `person_id integer CONSTRAINT application_attestation_person_fk REFERENCES cairn.person,
    answers jsonb NOT NULL CONSTRAINT application_attestation_answers_ck CHECK (jsonb_typeof(answers) = 'object'),
    name text NOT NULL CONSTRAINT application_attestation_name_ck CHECK (length(name) BETWEEN 1 AND 200),
    title text NOT NULL CONSTRAINT application_attestation_title_ck CHECK (length(title) BETWEEN 1 AND 200),
    email text NOT NULL CONSTRAINT application_attestation_email_ck CHECK (length(email) BETWEEN 3 AND 254)`,
  )}
  ${acts(
    'application_attestation_review',
    `attestation bigint NOT NULL,
    ${staff('application_attestation_review')},
    outcome text NOT NULL CONSTRAINT application_attestation_review_outcome_ck CHECK (outcome IN ('accepted', 'incomplete')),
    ${note('application_attestation_review')},
    CONSTRAINT application_attestation_review_fk FOREIGN KEY (application_id, attestation)
      REFERENCES cairn.application_attestation (application_id, number),
    CONSTRAINT application_attestation_review_uq UNIQUE (application_id, attestation)`,
  )}
`;
