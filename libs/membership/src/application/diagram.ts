/** Where an application can stand. */
export const APPLICATION_STATES = [
  'draft',
  'submitted',
  'in_review',
  'information_requested',
  'endorsed',
  'objection_window',
  'decided',
  'key_ceremony',
  'conformance',
  'probation',
  'active',
  're_attestation_due',
  'suspended',
  'rejected',
  'withdrawn',
  'expelled',
] as const;
/** One of {@link APPLICATION_STATES}. */
export type ApplicationState = (typeof APPLICATION_STATES)[number];

/** On whose behalf a move is made: the applicant, a person of the staff, or the hub itself when something fell due. */
export type Mover = 'applicant' | 'staff' | 'system';

/** A move that there is. */
export interface Transition {
  from: ApplicationState;
  to: ApplicationState;
  movers: readonly Mover[];
}

const move = (from: ApplicationState, to: ApplicationState, ...movers: Mover[]): Transition => ({
  from,
  to,
  movers,
});

/** States in which there is a member, which can be suspended and expelled. */
export const MEMBER_STATES = [
  'key_ceremony',
  'conformance',
  'probation',
  'active',
  're_attestation_due',
] as const satisfies readonly ApplicationState[];

const BEFORE_ADMISSION = [
  'draft',
  'submitted',
  'in_review',
  'information_requested',
  'endorsed',
  'objection_window',
  'decided',
] as const;

/**
 * The diagram of an application (docs/architecture.md, "An application"). The database holds the same pairs and records no other
 * move; a test compares the three.
 */
export const TRANSITIONS: readonly Transition[] = [
  move('draft', 'submitted', 'applicant'),
  move('submitted', 'in_review', 'staff'),
  move('in_review', 'information_requested', 'staff'),
  move('information_requested', 'in_review', 'applicant', 'staff'),
  move('in_review', 'endorsed', 'staff'),
  move('endorsed', 'in_review', 'staff'),
  move('endorsed', 'objection_window', 'staff'),
  move('objection_window', 'in_review', 'staff'),
  move('objection_window', 'decided', 'staff'),
  ...(['in_review', 'endorsed', 'objection_window'] as const).map((from) => move(from, 'rejected', 'staff')),
  ...BEFORE_ADMISSION.map((from) => move(from, 'withdrawn', 'applicant')),
  move('decided', 'key_ceremony', 'staff'),
  move('key_ceremony', 'conformance', 'staff', 'system'),
  move('key_ceremony', 'active', 'staff'),
  move('conformance', 'probation', 'staff', 'system'),
  move('probation', 'active', 'staff', 'system'),
  move('active', 're_attestation_due', 'staff', 'system'),
  move('re_attestation_due', 'active', 'staff'),
  ...MEMBER_STATES.map((from) => move(from, 'suspended', 'staff')),
  ...MEMBER_STATES.map((to) => move('suspended', to, 'staff')),
  ...([...MEMBER_STATES, 'suspended'] as const).map((from) => move(from, 'expelled', 'staff')),
];

/** Reasons that a move to a state gives one of, and a rejection at least one. Stable codes; their words are the reader's. */
export const REASONS = {
  information_requested: [
    'evidence_missing',
    'evidence_unclear',
    'contact_unreachable',
    'domain_unproven',
    'principles_incomplete',
    'other',
  ],
  rejected: [
    'not_eligible',
    'legal_entity_unproven',
    'domain_unproven',
    'policy_missing',
    'appeals_missing',
    'government_control',
    'principles_not_met',
    'endorsements_missing',
    'objection_upheld',
    'no_answer',
    'false_information',
  ],
  withdrawn: ['no_longer_interested', 'not_ready', 'organisation_changed', 'other'],
  suspended: [
    'security_incident',
    'poor_quality',
    'breach_of_agreement',
    'attestation_overdue',
    'government_access',
    'own_request',
  ],
  expelled: [
    'breach_of_agreement',
    'poisoning',
    'false_information',
    'government_control',
    'ceased_to_exist',
    'own_request',
  ],
  re_attestation_due: ['yearly', 'agreement_changed'],
} as const satisfies Partial<Record<ApplicationState, readonly string[]>>;

/** A reason of a move to that state. */
export type Reason<State extends keyof typeof REASONS> = (typeof REASONS)[State][number];
