import type { Role } from '#libs/access';
import type { FieldAccess } from '../graphql/field-guard.js';
import { every, rules } from '../graphql/field-rules.js';

const ANYBODY: readonly Role[] = ['anonymous'];
const APPLICANT: readonly Role[] = ['applicant'];
/** Members speak through their machines or their administrators. */
const MEMBERS: readonly Role[] = ['member', 'member_admin'];
const READERS: readonly Role[] = ['vetter', 'approver', 'auditor'];
const VETTER: readonly Role[] = ['vetter'];
const APPROVER: readonly Role[] = ['approver'];
const DECIDERS: readonly Role[] = ['vetter', 'approver'];
const SHARED: readonly Role[] = ['applicant', 'vetter', 'approver', 'auditor'];

/** Rules about applications. Operators run the hub and see none of them. */
export const APPLICATION_ACCESS: FieldAccess = {
  ...applicantRules(),
  ...sharedRules(),
  ...staffRules(),
  ...checkRules(),
  ...actRules(),
  ...memberRules(),
  ...outcomeRules(),
};

function applicantRules(): FieldAccess {
  return {
    ...rules('Query', APPLICANT, { application: 'the one whose secret the caller shows' }),
    ...rules('Query', [...SHARED, ...MEMBERS], { agreement: 'what applicants and members are to accept' }),
    ...rules('Mutation', ANYBODY, { apply: 'the public form; so many an hour from one address' }),
    ...every(
      'Mutation',
      APPLICANT,
      'the applicant speaks for itself alone, by its secret',
      'setApplicationProfile statePrinciple addApplicationDocument acceptAgreement submitApplication answerInformationRequest ' +
        'withdrawApplication',
    ),
    ...every(
      'OwnApplication',
      APPLICANT,
      'the caller’s own application, without what others say about it',
      'id state member profile principles documents checklist agreementAccepted moves',
    ),
    ...every(
      'ApplicationStep',
      APPLICANT,
      'a move of the own application, without who made it',
      'from to reason note at',
    ),
    ...rules('ApplicationBegun', ANYBODY, {
      application: 'of the application that the caller began',
      secret: 'shown once, to the caller who began the application',
    }),
    ...every('ApplicationDocumentAdded', APPLICANT, 'about the own request', 'application digest'),
  };
}

/** What the applicant said, and what is asked of it: for itself and for those who check it. */
function sharedRules(): FieldAccess {
  const said = 'what the applicant said; for itself and who checks it';
  return {
    ...every(
      'ApplicationProfile',
      SHARED,
      said,
      'handle legalName kind jurisdiction registration controlledBy domain contacts policyUrl appealUrl transparencyUrl channels ' +
        'measures about',
    ),
    ...every('ApplicationContacts', SHARED, said, 'application abuse security dataProtection'),
    ...every('ChannelRights', SHARED, said, 'channel submit receive'),
    ...every('PrincipleStatement', SHARED, said, 'number principle standing because plannedBy evidence at'),
    ...every('ApplicationDocumentInfo', SHARED, said, 'number digest mediaType name at'),
    ...every(
      'ApplicationChecklistItem',
      SHARED,
      'what is asked of every applicant of the kind',
      'code performer evidence required mayNotApply',
    ),
    ...rules('ApplicationChecklistItem', READERS, {
      missing: 'what staff found; the applicant is asked by them',
    }),
    ...every(
      'Agreement',
      [...SHARED, ...MEMBERS],
      'what applicants and members are to accept',
      'version title text digest acceptBy',
    ),
  };
}

function staffRules(): FieldAccess {
  const vetting = 'staff vet applications, and auditors see how';
  return {
    ...every('Query', READERS, vetting, 'applications applicationRecord applicationDocument admissionPolicy'),
    ...rules('Query', DECIDERS, { applicationForDecision: 'for who recommends and who decides' }),
    ...every('ApplicationConnection', READERS, vetting, 'edges'),
    ...rules('ApplicationConnection', READERS, { pageInfo: 'says nothing that the list does not' }),
    ...rules('ApplicationEdge', READERS, { cursor: 'sealed for the caller', node: vetting }),
    ...every(
      'ApplicationSummary',
      READERS,
      vetting,
      'id state legalName kind member createdAt since openObjections windowLeft attestBy',
    ),
    ...every(
      'ApplicationRecord',
      READERS,
      vetting,
      'id state revision member windowLeft conflict policyVersion profile controlGroup principles findings documents checklist ' +
        'checks agreementAccepted acceptances endorsements founding objections moves recommendations',
    ),
    ...every(
      'ApplicationForDecision',
      DECIDERS,
      'what is shown to be decided about',
      'digest document application',
    ),
    ...every('ApplicationDocumentContent', READERS, vetting, 'digest mediaType name content'),
    ...every('ApplicationCheck', READERS, vetting, 'number code outcome evidence note person at'),
    ...every('ApplicationPrincipleFinding', READERS, vetting, 'principle statement finding note person at'),
    ...every('AgreementAcceptance', READERS, vetting, 'version digest name title email at'),
    ...every(
      'ApplicationEndorsement',
      READERS,
      vetting,
      'number member relationship note withdrawn counts at',
    ),
    ...every('ApplicationObjection', READERS, vetting, 'number member person code note answer at'),
    ...every('ObjectionAnswer', READERS, vetting, 'outcome answer person at'),
    ...every('ApplicationMove', READERS, vetting, 'from to person reason note evidence at'),
    ...every(
      'ApplicationRecommendation',
      READERS,
      vetting,
      'number person direction reasons rights accredited digest note at',
    ),
    ...every(
      'AdmissionPolicy',
      READERS,
      'how the alliance admits, for those who do it',
      'version endorsements foundingMembers academicRights childSafetyChannels objectionDays probationDays ' +
        'probationEntriesADay conformanceDays attestationDays',
    ),
  };
}

/** Checks that workers make. */
function checkRules(): FieldAccess {
  const own = 'the applicant proves itself, by its secret';
  const vetting = 'staff vet applications, and auditors see how';
  return {
    ...every('Query', APPLICANT, own, 'domainChallenge machineChecks'),
    ...rules('Mutation', APPLICANT, { tryCheckAgain: own }),
    ...every('DomainChallenge', APPLICANT, own, 'path token url'),
    ...every('Query', READERS, vetting, 'applicationMachineChecks applicationOutbox relatedOrganisations'),
    ...rules('Mutation', VETTER, {
      checkApplicationAgain: 'vetters check; never the organisation they administer themselves',
    }),
    ...rules('ApplicationMachineChecks', SHARED, {
      checks: 'how the own checks stand, and how staff see them; of relations to others it tells nothing',
    }),
    ...every(
      'MachineCheckStanding',
      SHARED,
      'what is still to be done, for itself and who checks it',
      'code dueAt attempts problem',
    ),
    ...every('ApplicationOutbox', READERS, vetting, 'sentByHub messages'),
    ...every(
      'OutboxMessage',
      READERS,
      'whether contacts were written to',
      'id recipient subject createdAt expiresAt state attempts problem sentAt',
    ),
    ...rules('OutboxMessage', VETTER, {
      body: 'holds a link that works: for who sends it on when the hub has no mail server',
    }),
    ...every('RelatedOrganisations', READERS, vetting, 'organisations'),
    ...every(
      'RelatedOrganisation',
      READERS,
      'who else applied is for staff alone',
      'application member domain controlGroup control',
    ),
  };
}

function actRules(): FieldAccess {
  return {
    ...every(
      'Mutation',
      VETTER,
      'vetters check; never the organisation they administer themselves',
      'reviewApplication recordApplicationCheck recordPrincipleFinding setApplicationControlGroup requestInformation ' +
        'confirmEndorsed openObjectionWindow answerObjection recommendApplication',
    ),
    ...rules('Mutation', DECIDERS, { raiseStaffObjection: 'whoever vets may also object' }),
    ...every(
      'Mutation',
      APPROVER,
      'approvers decide; never about the organisation they administer themselves',
      'decideApplication admitApplicant beginConformance activateObserver beginProbation endProbation suspendMember reinstateMember ' +
        'expelMember',
    ),
    ...every(
      'Mutation',
      APPROVER,
      'rules for everybody, set by who decides',
      'setAdmissionPolicy publishAgreement',
    ),
  };
}

function memberRules(): FieldAccess {
  const needed = 'what a member needs to endorse or object, and no more';
  return {
    ...every(
      'Query',
      MEMBERS,
      'applicants under review; only for members whose word counts about them',
      'applicant applicants',
    ),
    ...every(
      'Mutation',
      MEMBERS,
      'in the name of the own member alone',
      'endorseApplicant withdrawEndorsement objectToApplicant',
    ),
    ...every('ApplicantConnection', MEMBERS, needed, 'edges pageInfo'),
    ...rules('ApplicantEdge', MEMBERS, { cursor: 'sealed for the caller', node: needed }),
    ...every('Applicant', MEMBERS, needed, 'id legalName legalNameDigest kind state'),
    ...rules('Applicant', MEMBERS, { ownEndorsement: 'of the own member alone' }),
  };
}

function outcomeRules(): FieldAccess {
  return {
    ...every(
      'ApplicationActed',
      ['applicant', 'vetter', 'approver', ...MEMBERS],
      'about the own request',
      'application state number',
    ),
    ...every('ApplicantAdmitted', APPROVER, 'about the own request', 'application member'),
    ...every('AgreementPublished', APPROVER, 'about the own request', 'version digest'),
  };
}
