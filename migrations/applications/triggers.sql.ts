const UNDER_REVIEW = ['in_review', 'endorsed', 'objection_window'];
const BEFORE_DECISION = ['submitted', 'information_requested', ...UNDER_REVIEW];
const MEMBER = ['key_ceremony', 'conformance', 'probation', 'active', 're_attestation_due'];

/** Tables of acts, with the states in which the act can be made. */
const ACTS: Record<string, readonly string[]> = {
  application_profile: ['draft', 'information_requested'],
  application_principle: ['draft', 'information_requested'],
  application_document: ['draft', ...BEFORE_DECISION, 'active', 're_attestation_due'],
  agreement_acceptance: ['draft', ...BEFORE_DECISION, 'decided', ...MEMBER, 'suspended'],
  application_check: BEFORE_DECISION,
  application_principle_finding: UNDER_REVIEW,
  application_group: UNDER_REVIEW,
  application_endorsement: BEFORE_DECISION,
  application_endorsement_withdrawal: BEFORE_DECISION,
  application_objection: ['objection_window'],
  application_objection_answer: UNDER_REVIEW,
  application_recommendation: UNDER_REVIEW,
  application_decision: UNDER_REVIEW,
  application_attestation: ['re_attestation_due'],
  application_attestation_review: ['re_attestation_due'],
};

const SAID_FOR_GOOD = [
  ...Object.keys(ACTS),
  ...['application_move', 'agreement', 'document'],
  ...['application_state', 'application_transition', 'application_reason', 'checklist_item'],
];

/** Every table that this migration makes, those that refer to others first. */
export const TABLES = [
  ...Object.keys(ACTS).reverse(),
  ...['application_move', 'document', 'application', 'agreement', 'admission_policy'],
  ...['application_reason', 'application_transition', 'application_state', 'checklist_item'],
];

/** Triggers of one kind on one table fire in the order of their names: an act is numbered before it is judged. */
export const TRIGGERS_SQL = [
  ...Object.entries(ACTS).map(
    ([table, states]) => `CREATE TRIGGER ${table}_1_number BEFORE INSERT ON cairn.${table}
      FOR EACH ROW EXECUTE FUNCTION cairn.number_act(${states.map((state) => `'${state}'`).join(', ')});`,
  ),
  ...['application_endorsement', 'application_objection'].map(
    (table) => `CREATE TRIGGER ${table}_0_word BEFORE INSERT ON cairn.${table}
      FOR EACH ROW EXECUTE FUNCTION cairn.guard_word();`,
  ),
  ...[
    ['application_check', 'cairn.guard_check()'],
    ['application_recommendation', 'cairn.guard_recommendation()'],
    ['application_decision', 'cairn.guard_decision()'],
  ].map(
    ([table, guard]) => `CREATE TRIGGER ${table}_2_guard BEFORE INSERT ON cairn.${table}
      FOR EACH ROW EXECUTE FUNCTION ${guard};`,
  ),
  `CREATE TRIGGER application_guard BEFORE INSERT OR UPDATE ON cairn.application
      FOR EACH ROW EXECUTE FUNCTION cairn.guard_application();
   CREATE TRIGGER application_kept BEFORE DELETE ON cairn.application
      FOR EACH ROW EXECUTE FUNCTION cairn.refuse_rewriting();
   CREATE TRIGGER application_move_guard BEFORE INSERT ON cairn.application_move
      FOR EACH ROW EXECUTE FUNCTION cairn.guard_move();
   CREATE TRIGGER application_move_follow AFTER INSERT ON cairn.application_move
      FOR EACH ROW EXECUTE FUNCTION cairn.follow_move();
   CREATE TRIGGER agreement_acceptance_follow AFTER INSERT ON cairn.agreement_acceptance
      FOR EACH ROW EXECUTE FUNCTION cairn.follow_acceptance();
   CREATE TRIGGER admission_policy_kept BEFORE UPDATE OR DELETE ON cairn.admission_policy
      FOR EACH ROW EXECUTE FUNCTION cairn.keep_policy();
   CREATE TRIGGER agreement_stamp BEFORE INSERT ON cairn.agreement
      FOR EACH ROW EXECUTE FUNCTION cairn.stamp_act();
   CREATE TRIGGER admission_policy_stamp BEFORE INSERT ON cairn.admission_policy
      FOR EACH ROW EXECUTE FUNCTION cairn.stamp_act();`,
  ...SAID_FOR_GOOD.map(
    (table) => `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE ON cairn.${table}
      FOR EACH ROW EXECUTE FUNCTION cairn.refuse_rewriting();`,
  ),
  ...[...SAID_FOR_GOOD, 'application', 'admission_policy'].map(
    (table) => `CREATE TRIGGER ${table}_not_emptied BEFORE TRUNCATE ON cairn.${table}
      FOR EACH STATEMENT EXECUTE FUNCTION cairn.refuse_rewriting();`,
  ),
].join('\n');

/** The api records acts; the worker reads, and records what machines found and what fell due. */
export const GRANTS_SQL = `
  GRANT SELECT ON ${TABLES.map((table) => `cairn.${table}`).join(', ')} TO cairn_api, cairn_worker;
  GRANT INSERT ON ${Object.keys(ACTS)
    .map((table) => `cairn.${table}`)
    .join(
      ', ',
    )}, cairn.application_move, cairn.agreement, cairn.admission_policy, cairn.document TO cairn_api;
  GRANT INSERT (token_digest), UPDATE (checklist_version) ON cairn.application TO cairn_api;
  GRANT INSERT ON cairn.application_check, cairn.application_move TO cairn_worker;
  GRANT UPDATE (since_index) ON cairn.admission_policy TO cairn_worker;
  GRANT EXECUTE ON FUNCTION cairn.admission_time(), cairn.current_admission_policy(), cairn.current_profile(uuid),
    cairn.asks_child_safety(jsonb), cairn.profile_facts(jsonb, text[]), cairn.application_control_group(uuid),
    cairn.full_members(), cairn.counted_endorsements(uuid), cairn.is_founding(), cairn.accepts_current_agreement(uuid),
    cairn.agreement_overdue(uuid), cairn.open_objections(uuid), cairn.objection_time_left(uuid), cairn.missing_checks(uuid),
    cairn.missing_principles(uuid, boolean), cairn.require_own_name(text, integer), cairn.refuse_act(text)
    TO cairn_api, cairn_worker;
`;
