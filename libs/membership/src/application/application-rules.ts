import { sqlState } from '#libs/platform';
import type { ApplicationFailure } from './application-result.js';

type Rule = Omit<ApplicationFailure, 'ok'>;

const rule = (code: Rule['code'], field: string, text: string): Rule => ({ code, field, rule: text });

/**
 * What the database's rules on applications say to who breaks them, by the name of the constraint. The rules themselves are in the
 * migration, so no caller can pass them by, and two acts at a time are judged one after the other.
 */
const RULES: Readonly<Record<string, Rule>> = {
  application_move_transition_fk: rule('ILLEGAL_MOVE', 'state', 'has no such move in the diagram'),
  application_move_from_present: rule('ILLEGAL_MOVE', 'state', 'has changed meanwhile'),
  application_move_mover: rule('NOT_ALLOWED', 'actor', 'may not make this move'),
  application_move_reason_fk: rule('BAD_INPUT', 'reason', 'must be one of the reasons for this move'),
  application_move_application_fk: rule('NOT_FOUND', 'application', 'is not known'),
  application_move_note_ck: rule('BAD_INPUT', 'note', 'must have 1 to 4000 characters'),
  application_move_person_fk: rule('NOT_FOUND', 'person', 'is not known'),
  application_act_state: rule('ILLEGAL_MOVE', 'state', 'does not allow this act'),
  application_act_person: rule('NOT_ALLOWED', 'person', 'must be who acts'),
  application_act_member: rule('NOT_ALLOWED', 'member', 'must be who acts'),
  application_full_member: rule(
    'NOT_ALLOWED',
    'member',
    'must be an active member, neither observer nor on probation',
  ),
  application_endorsement_name: rule(
    'BAD_INPUT',
    'endorsement.applicant.legalName',
    'must be the digest of the present legal name',
  ),
  member_handle_uq: rule('TAKEN', 'member', 'is the name of a member already'),
  application_act_applicant: rule('NOT_ALLOWED', 'actor', 'must be the applicant'),
  application_profile_given: rule(
    'NOT_READY',
    'profile',
    'must be given before the application is submitted',
  ),
  application_principles_stated: rule(
    'NOT_READY',
    'principles',
    'must each have a standing, because a channel of child safety is asked for',
  ),
  application_principles_found: rule(
    'NOT_READY',
    'principles',
    'must each have a finding about the latest standing',
  ),
  application_measures_named: rule(
    'NOT_READY',
    'profile.measures',
    'must name a safety measure, because a channel of child safety is asked for',
  ),
  application_agreement_accepted: rule('NOT_READY', 'agreement', 'must be accepted in its current version'),
  application_two_endorsements: rule(
    'NOT_READY',
    'endorsements',
    'must be of as many unrelated members as the policy says, two at least',
  ),
  application_objections_answered: rule('NOT_READY', 'objections', 'must all be answered'),
  application_window_needed: rule(
    'NOT_READY',
    'policy.objectionDays',
    'must be at least 1, now that the alliance has its founding members',
  ),
  application_window_elapsed: rule('NOT_READY', 'objections', 'can still be raised: the window is open'),
  application_checks_passed: rule('NOT_READY', 'checks', 'that are required must have passed'),
  application_decided_by_two: rule('NOT_READY', 'decision', 'must be made by two persons'),
  application_decision_two_persons_ck: rule(
    'SAME_PERSON',
    'person',
    'must be another than the one who recommended',
  ),
  application_decision_unchanged_ck: rule('CHANGED', 'digest', 'is not that of the present version'),
  application_recommendation_seen_ck: rule('CHANGED', 'digest', 'is not that of the present version'),
  application_recommendation_reason: rule('BAD_INPUT', 'reasons', 'must be reasons for a rejection'),
  application_recommendation_reasons_ck: rule(
    'BAD_INPUT',
    'reasons',
    'must be given for a rejection, and only then',
  ),
  application_recommendation_reject_ck: rule('BAD_INPUT', 'rights', 'are not given with a rejection'),
  application_recommendation_person_fk: rule('NOT_FOUND', 'person', 'is not known'),
  application_decision_once_uq: rule('ILLEGAL_MOVE', 'state', 'was decided before'),
  application_observer: rule(
    'NOT_ALLOWED',
    'rights',
    'are never given to a government body: it is an observer',
  ),
  application_profile_observer_ck: rule(
    'NOT_ALLOWED',
    'profile.channels',
    'must be empty: a government body is an observer',
  ),
  application_academic: rule(
    'NOT_ALLOWED',
    'rights',
    'are given to academic bodies only if the policy says so',
  ),
  application_accredited: rule('NOT_ALLOWED', 'accredited', 'is only for hotlines'),
  application_keys_active: rule('NOT_READY', 'keys', 'must include an active one for each purpose'),
  application_conformance_report: rule(
    'NOT_READY',
    'conformance',
    'must have been passed, and not too long ago: the member runs cairn conformance',
  ),
  application_only_observers: rule(
    'NOT_ALLOWED',
    'state',
    'goes past conformance and probation only for observers',
  ),
  application_probation_elapsed: rule('NOT_READY', 'probation', 'has not ended'),
  application_back_to_before: rule('ILLEGAL_MOVE', 'state', 'must be the one before the suspension'),
  application_attestation_due: rule('NOT_READY', 'attestation', 'is not due'),
  application_attested: rule('NOT_READY', 'attestation', 'must be given and accepted by staff'),
  application_check_item_fk: rule('BAD_INPUT', 'code', 'must be a check of the checklist'),
  application_check_performer: rule('NOT_ALLOWED', 'code', 'must be a check that a machine can do'),
  application_check_applies: rule('BAD_INPUT', 'outcome', 'must be pass or fail: this check applies to all'),
  application_principle_finding_statement_fk: rule(
    'NOT_FOUND',
    'statement',
    'is not what the applicant said about this principle',
  ),
  application_document_uq: rule('TAKEN', 'document', 'is with the application already'),
  agreement_acceptance_agreement_fk: rule('BAD_INPUT', 'agreement', 'must be a version and its digest'),
  agreement_acceptance_version_uq: rule('TAKEN', 'agreement', 'is accepted already'),
  agreement_digest_uq: rule('TAKEN', 'text', 'is that of a version already'),
  agreement_pk: rule('CHANGED', 'version', 'was published by somebody else meanwhile'),
  admission_policy_pk: rule('CHANGED', 'version', 'was set by somebody else meanwhile'),
  application_endorsement_jti_uq: rule('TAKEN', 'endorsement.jti', 'was used by this member before'),
  application_endorsement_withdrawal_fk: rule('NOT_FOUND', 'endorsement', 'is not known'),
  application_endorsement_withdrawal_uq: rule('TAKEN', 'endorsement', 'is withdrawn already'),
  application_objection_answer_fk: rule('NOT_FOUND', 'objection', 'is not known'),
  application_objection_answer_uq: rule('TAKEN', 'objection', 'is answered already'),
  application_attestation_review_fk: rule('NOT_FOUND', 'attestation', 'is not known'),
  application_attestation_review_uq: rule('TAKEN', 'attestation', 'is reviewed already'),
  member_act_two_persons_ck: rule(
    'SAME_PERSON',
    'person',
    'must be another than the one who waived conformance',
  ),
  member_act_waiver_in_time_ck: rule(
    'NO_CONFORMANCE',
    'member',
    'has a waiver of conformance that has run out',
  ),
  channel_right_observer_ck: rule(
    'NOT_ALLOWED',
    'member',
    'a government body is an observer and is given no right on a channel',
  ),
  conformance_waiver_until_ck: rule('BAD_INPUT', 'until', 'must be a time to come, at most 90 days ahead'),
  erasure_line_known: rule(
    'NOT_FOUND',
    'lines',
    'must all be lines of submissions in the log, applied already',
  ),
  erasure_line_once: rule('TAKEN', 'lines', 'are erased already, or about to be'),
  erased_line_pk: rule('TAKEN', 'lines', 'are erased already, or about to be'),
  erasure_revives_nothing: rule(
    'NOT_ALLOWED',
    'lines',
    'must include every accepted line before it about the same signal in the channel: else an earlier word could stand again',
  ),
  erasure_one_channel: rule('BAD_INPUT', 'lines', 'must all be of one channel'),
  erasure_two_persons_ck: rule('SAME_PERSON', 'person', 'must be another than the one who asked for it'),
  erasure_approver: rule('NOT_ALLOWED', 'person', 'must be an approver'),
  erasure_append_only: rule('ILLEGAL_MOVE', 'erasure', 'has changed meanwhile'),
  erasure_no_value_ck: rule('BAD_INPUT', 'justification', 'must not name a value'),
  domain_challenge_application_fk: rule('NOT_FOUND', 'application', 'is not known'),
};

/** The rule that a database error says was broken, or null when the error is about something else. */
export function brokenRule(error: unknown): ApplicationFailure | null {
  if (sqlState(error)?.startsWith('23') !== true) return null;
  const { driverError, constraint } = error as { driverError?: { constraint?: string }; constraint?: string };
  const name = driverError?.constraint ?? constraint ?? '';
  return Object.hasOwn(RULES, name) ? { ok: false, ...RULES[name]! } : null;
}
