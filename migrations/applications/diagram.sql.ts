/**
 * The diagram of an application as it was when this migration was written, and the checklist's first version. The code's copy is
 * libs/membership/src/application/diagram.ts; a test compares the two and the drawing.
 */
export const DIAGRAM_SQL = `
  CREATE TABLE cairn.application_state (
    name text CONSTRAINT application_state_pk PRIMARY KEY
  );
  INSERT INTO cairn.application_state (name) VALUES
    ('draft'), ('submitted'), ('in_review'), ('information_requested'), ('endorsed'), ('objection_window'), ('decided'),
    ('key_ceremony'), ('conformance'), ('probation'), ('active'), ('re_attestation_due'), ('suspended'),
    ('rejected'), ('withdrawn'), ('expelled');

  CREATE TABLE cairn.application_transition (
    from_state text NOT NULL CONSTRAINT application_transition_from_fk REFERENCES cairn.application_state,
    to_state text NOT NULL CONSTRAINT application_transition_to_fk REFERENCES cairn.application_state,
    movers text[] NOT NULL CONSTRAINT application_transition_movers_ck
      CHECK (cardinality(movers) > 0 AND movers <@ ARRAY['applicant', 'staff', 'system']),
    CONSTRAINT application_transition_pk PRIMARY KEY (from_state, to_state)
  );
  COMMENT ON TABLE cairn.application_transition IS 'the moves there are, and who may make them; no other can be recorded';
  INSERT INTO cairn.application_transition (from_state, to_state, movers) VALUES
    ('draft', 'submitted', '{applicant}'),
    ('submitted', 'in_review', '{staff}'),
    ('in_review', 'information_requested', '{staff}'),
    ('information_requested', 'in_review', '{applicant,staff}'),
    ('in_review', 'endorsed', '{staff}'),
    ('endorsed', 'in_review', '{staff}'),
    ('endorsed', 'objection_window', '{staff}'),
    ('objection_window', 'in_review', '{staff}'),
    ('objection_window', 'decided', '{staff}'),
    ('in_review', 'rejected', '{staff}'),
    ('endorsed', 'rejected', '{staff}'),
    ('objection_window', 'rejected', '{staff}'),
    ('draft', 'withdrawn', '{applicant}'),
    ('submitted', 'withdrawn', '{applicant}'),
    ('in_review', 'withdrawn', '{applicant}'),
    ('information_requested', 'withdrawn', '{applicant}'),
    ('endorsed', 'withdrawn', '{applicant}'),
    ('objection_window', 'withdrawn', '{applicant}'),
    ('decided', 'withdrawn', '{applicant}'),
    ('decided', 'key_ceremony', '{staff}'),
    ('key_ceremony', 'conformance', '{staff,system}'),
    ('key_ceremony', 'active', '{staff}'),
    ('conformance', 'probation', '{staff,system}'),
    ('probation', 'active', '{staff,system}'),
    ('active', 're_attestation_due', '{staff,system}'),
    ('re_attestation_due', 'active', '{staff}'),
    ('key_ceremony', 'suspended', '{staff}'),
    ('conformance', 'suspended', '{staff}'),
    ('probation', 'suspended', '{staff}'),
    ('active', 'suspended', '{staff}'),
    ('re_attestation_due', 'suspended', '{staff}'),
    ('suspended', 'key_ceremony', '{staff}'),
    ('suspended', 'conformance', '{staff}'),
    ('suspended', 'probation', '{staff}'),
    ('suspended', 'active', '{staff}'),
    ('suspended', 're_attestation_due', '{staff}'),
    ('key_ceremony', 'expelled', '{staff}'),
    ('conformance', 'expelled', '{staff}'),
    ('probation', 'expelled', '{staff}'),
    ('active', 'expelled', '{staff}'),
    ('re_attestation_due', 'expelled', '{staff}'),
    ('suspended', 'expelled', '{staff}');

  CREATE TABLE cairn.application_reason (
    to_state text NOT NULL CONSTRAINT application_reason_state_fk REFERENCES cairn.application_state,
    code text NOT NULL,
    CONSTRAINT application_reason_pk PRIMARY KEY (to_state, code)
  );
  COMMENT ON TABLE cairn.application_reason IS 'a move to a state that is named here gives one of its reasons';
  INSERT INTO cairn.application_reason (to_state, code) VALUES
    ('information_requested', 'evidence_missing'), ('information_requested', 'evidence_unclear'),
    ('information_requested', 'contact_unreachable'), ('information_requested', 'domain_unproven'),
    ('information_requested', 'principles_incomplete'), ('information_requested', 'other'),
    ('rejected', 'not_eligible'), ('rejected', 'legal_entity_unproven'), ('rejected', 'domain_unproven'),
    ('rejected', 'policy_missing'), ('rejected', 'appeals_missing'), ('rejected', 'government_control'),
    ('rejected', 'principles_not_met'), ('rejected', 'endorsements_missing'), ('rejected', 'objection_upheld'),
    ('rejected', 'no_answer'), ('rejected', 'false_information'),
    ('withdrawn', 'no_longer_interested'), ('withdrawn', 'not_ready'), ('withdrawn', 'organisation_changed'),
    ('withdrawn', 'other'),
    ('suspended', 'security_incident'), ('suspended', 'poor_quality'), ('suspended', 'breach_of_agreement'),
    ('suspended', 'attestation_overdue'), ('suspended', 'government_access'), ('suspended', 'own_request'),
    ('expelled', 'breach_of_agreement'), ('expelled', 'poisoning'), ('expelled', 'false_information'),
    ('expelled', 'government_control'), ('expelled', 'ceased_to_exist'), ('expelled', 'own_request'),
    ('re_attestation_due', 'yearly'), ('re_attestation_due', 'agreement_changed');
`;

/** Facts of the profile that a check is about: when one of them changes, the check counts no more. */
export const CHECKLIST_SQL = `
  CREATE TABLE cairn.checklist_item (
    version integer NOT NULL,
    code text NOT NULL,
    performer text NOT NULL CONSTRAINT checklist_item_performer_ck CHECK (performer IN ('staff', 'machine')),
    evidence text NOT NULL,
    required boolean NOT NULL,
    may_not_apply boolean NOT NULL,
    child_safety boolean NOT NULL,
    member_kinds text[] NOT NULL,
    facts text[] NOT NULL,
    CONSTRAINT checklist_item_pk PRIMARY KEY (version, code)
  );
  COMMENT ON COLUMN cairn.checklist_item.evidence IS 'what proves it, in words for staff and applicant';
  COMMENT ON COLUMN cairn.checklist_item.child_safety IS 'asked only of who asks for a channel of child safety';
  COMMENT ON COLUMN cairn.checklist_item.member_kinds IS 'asked only of these kinds';
  COMMENT ON COLUMN cairn.checklist_item.facts IS
    'members of the profile that the check is about: when one changes, a check made before counts no more';
  INSERT INTO cairn.checklist_item VALUES
    (1, 'legal_entity', 'staff', 'An extract of the register that names the organisation and who acts for it',
      true, false, false, '{platform,hotline,ngo,academic,government}', '{legalName,jurisdiction,registration}'),
    (1, 'domain_control', 'machine', 'The token at /.well-known/cairn-challenge of the domain',
      true, false, false, '{platform,hotline,ngo,academic,government}', '{domain}'),
    (1, 'independence', 'machine', 'No member has the same domain or control group; staff decide what they find',
      true, false, false, '{platform,hotline,ngo,academic,government}', '{legalName,domain,controlledBy}'),
    (1, 'contact_mailboxes', 'machine', 'The link that each contact received was followed',
      true, false, false, '{platform,hotline,ngo,academic,government}', '{contacts}'),
    (1, 'published_policy', 'machine', 'The page of the published policy can be read',
      true, true, false, '{platform,hotline,ngo,academic}', '{policyUrl}'),
    (1, 'policy_prohibits_abuse', 'staff', 'The published policy prohibits what the channels asked for are about',
      true, true, false, '{platform,hotline,ngo,academic}', '{policyUrl,channels}'),
    (1, 'reports_and_review', 'staff', 'How reports are received and acted on, and that people review before an account is acted against',
      true, true, false, '{platform,hotline}', '{policyUrl,appealUrl}'),
    (1, 'appeal_process', 'machine', 'The page of the appeal process can be read',
      true, true, false, '{platform,hotline,ngo}', '{appealUrl}'),
    (1, 'transparency_report', 'machine', 'The page of the latest transparency report, at least yearly, can be read',
      false, true, false, '{platform,hotline,ngo,academic}', '{transparencyUrl}'),
    (1, 'government_independence', 'staff', 'The signed pledge: no contribution on behalf of a government, requests for access are challenged',
      true, false, false, '{platform,hotline,ngo,academic}', '{legalName,controlledBy}'),
    (1, 'government_requests', 'staff', 'The process for requests of governments',
      false, true, false, '{platform,hotline,ngo,academic}', '{legalName}'),
    (1, 'data_protection', 'staff', 'The contact for data protection, and the legal basis for processing hashes',
      true, false, false, '{platform,hotline,ngo,academic}', '{contacts,jurisdiction}'),
    (1, 'purpose_limitation', 'staff', 'Who has access to what is received, and that it serves the named purpose only',
      true, true, false, '{platform,hotline,ngo,academic}', '{channels}'),
    (1, 'human_rights', 'staff', 'The public commitment to human rights (UN Guiding Principles)',
      false, true, false, '{platform,hotline,ngo,academic}', '{legalName}'),
    (1, 'voluntary_principles', 'staff', 'The standing on each of the eleven Voluntary Principles agrees with what staff found',
      true, false, true, '{platform,hotline,ngo,academic}', '{measures}');
`;
