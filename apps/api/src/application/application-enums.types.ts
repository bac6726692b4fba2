import { registerEnumType } from '@nestjs/graphql';

/** Where an application stands, by its names in the database. */
export const ApplicationState = {
  DRAFT: 'draft',
  SUBMITTED: 'submitted',
  IN_REVIEW: 'in_review',
  INFORMATION_REQUESTED: 'information_requested',
  ENDORSED: 'endorsed',
  OBJECTION_WINDOW: 'objection_window',
  DECIDED: 'decided',
  KEY_CEREMONY: 'key_ceremony',
  CONFORMANCE: 'conformance',
  PROBATION: 'probation',
  ACTIVE: 'active',
  RE_ATTESTATION_DUE: 're_attestation_due',
  SUSPENDED: 'suspended',
  REJECTED: 'rejected',
  WITHDRAWN: 'withdrawn',
  EXPELLED: 'expelled',
} as const;

registerEnumType(ApplicationState, {
  name: 'ApplicationState',
  description: 'Where an application stands.',
  valuesMap: {
    DRAFT: { description: 'The applicant writes it.' },
    SUBMITTED: { description: 'It waits for staff to take it up.' },
    IN_REVIEW: { description: 'Staff check it, and members endorse.' },
    INFORMATION_REQUESTED: { description: 'It waits for the applicant to answer.' },
    ENDORSED: { description: 'Agreement and endorsements are there.' },
    OBJECTION_WINDOW: { description: 'Members and staff can object.' },
    DECIDED: { description: 'Two persons decided to admit.' },
    KEY_CEREMONY: { description: 'The member is made and registers its keys.' },
    CONFORMANCE: { description: 'The member shows that its software works.' },
    PROBATION: { description: 'The member takes part, and what it says assures nobody else yet.' },
    ACTIVE: { description: 'The member is in full standing.' },
    RE_ATTESTATION_DUE: { description: 'The member is to attest what changed.' },
    SUSPENDED: { description: 'The member may do nothing for the time being.' },
    REJECTED: { description: 'Two persons decided not to admit.' },
    WITHDRAWN: { description: 'The applicant took it back.' },
    EXPELLED: { description: 'It is a member no more.' },
  },
});

/** How a check came out, by its names in the database. */
export const CheckOutcome = { PASS: 'pass', FAIL: 'fail', NOT_APPLICABLE: 'not_applicable' } as const;

registerEnumType(CheckOutcome, {
  name: 'CheckOutcome',
  description: 'How a check came out.',
  valuesMap: {
    PASS: { description: 'What it asks for is there.' },
    FAIL: { description: 'It is not.' },
    NOT_APPLICABLE: { description: 'It is not asked of this applicant; only where the checklist allows it.' },
  },
});

/** What staff found about a standing, by its names in the database. */
export const PrincipleFinding = {
  CONFIRMED: 'confirmed',
  PARTLY: 'partly',
  NOT_CONFIRMED: 'not_confirmed',
} as const;

registerEnumType(PrincipleFinding, {
  name: 'PrincipleFinding',
  description: 'What staff found about where an applicant says it stands.',
  valuesMap: {
    CONFIRMED: { description: 'It is as the applicant says.' },
    PARTLY: { description: 'Some of it is.' },
    NOT_CONFIRMED: { description: 'It is not, or cannot be seen.' },
  },
});

/** Where an applicant stands on a principle, by the names of the domain. */
export const PrincipleStanding = {
  DOES_NOT_APPLY: 'does_not_apply',
  IN_PLACE: 'in_place',
  PLANNED: 'planned',
  NOT_YET: 'not_yet',
} as const;

registerEnumType(PrincipleStanding, {
  name: 'PrincipleStanding',
  description:
    'Where an applicant stands on one of the eleven Voluntary Principles to Counter Online Child Sexual Exploitation and Abuse.',
  valuesMap: {
    DOES_NOT_APPLY: { description: 'It does not apply to the applicant; `because` says why.' },
    IN_PLACE: { description: 'It is put into practice; `evidence` is a page that shows it.' },
    PLANNED: { description: 'It will be by the day `plannedBy`.' },
    NOT_YET: { description: 'Nothing is planned yet; `because` may say why.' },
  },
});

/** What was recommended or decided, by its names in the database. */
export const DecisionDirection = { ADMIT: 'admit', REJECT: 'reject' } as const;

registerEnumType(DecisionDirection, {
  name: 'DecisionDirection',
  description: 'What is recommended or decided.',
  valuesMap: {
    ADMIT: { description: 'The applicant becomes a member.' },
    REJECT: { description: 'It does not.' },
  },
});

/** What became of an objection, by its names in the database. */
export const ObjectionOutcome = { UPHELD: 'upheld', DISMISSED: 'dismissed' } as const;

registerEnumType(ObjectionOutcome, {
  name: 'ObjectionOutcome',
  description: 'What staff make of an objection.',
  valuesMap: {
    UPHELD: { description: 'It is right. It decides nothing by itself.' },
    DISMISSED: { description: 'It is not.' },
  },
});
