import type { ActOption, StaffAct } from './staff-act.js';

const note: ActOption = { member: 'note', flags: '--note <text>', help: 'a remark, kept for good' };
const words: ActOption = { member: 'note', flags: '--note <text>', help: 'what to say', required: true };
const reason: ActOption = { member: 'reason', flags: '--reason <code>', help: 'why', required: true };
const digest: ActOption = {
  member: 'digest',
  flags: '--digest <hex>',
  help: 'digest of the version that you have seen: cairn application version',
  required: true,
};
const direction: ActOption = {
  member: 'direction',
  flags: '--to <admit|reject>',
  help: 'admit or reject',
  required: true,
  read: 'enum',
};
const own = (member: string, flags: string, help: string, read?: ActOption['read']): ActOption => ({
  member,
  flags,
  help,
  required: true,
  read,
});

/** Acts of staff by the names of their commands. */
export const STAFF_ACTS: readonly StaffAct[] = [
  {
    name: 'review',
    help: 'take it into review, or back into it',
    mutation: 'reviewApplication',
    input: 'ApplicationActInput',
    options: [note],
  },
  {
    name: 'check',
    help: 'record how a check came out',
    mutation: 'recordApplicationCheck',
    input: 'ApplicationCheckInput',
    options: [
      own('code', '--code <code>', 'code of the check'),
      own('outcome', '--outcome <outcome>', 'pass, fail or not-applicable', 'enum'),
      { member: 'evidence', flags: '--evidence <text>', help: 'what it rests on' },
      note,
    ],
  },
  {
    name: 'find',
    help: 'record what was found about a standing on a principle',
    mutation: 'recordPrincipleFinding',
    input: 'PrincipleFindingInput',
    options: [
      own('principle', '--principle <number>', 'the principle, 1 to 11', 'number'),
      own('statement', '--statement <number>', 'number of what the applicant said', 'number'),
      own('finding', '--finding <finding>', 'confirmed, partly or not-confirmed', 'enum'),
      note,
    ],
  },
  {
    name: 'control',
    help: 'record under whose control the applicant is',
    mutation: 'setApplicationControlGroup',
    input: 'ControlGroupInput',
    options: [own('group', '--group <name>', 'name of the control group'), note],
  },
  {
    name: 'request-info',
    help: 'ask the applicant for information',
    mutation: 'requestInformation',
    input: 'InformationRequestInput',
    options: [reason, words],
  },
  { name: 'endorsed', help: 'state that agreement and endorsements are there', mutation: 'confirmEndorsed' },
  { name: 'open-window', help: 'open the objection window', mutation: 'openObjectionWindow' },
  {
    name: 'answer-objection',
    help: 'answer an objection',
    mutation: 'answerObjection',
    input: 'ObjectionAnswerInput',
    options: [
      own('objection', '--objection <number>', 'number of the objection', 'number'),
      own('outcome', '--outcome <outcome>', 'upheld or dismissed', 'enum'),
      own('answer', '--answer <text>', 'the answer'),
    ],
  },
  {
    name: 'recommend',
    help: 'recommend to admit or to reject',
    mutation: 'recommendApplication',
    input: 'RecommendationInput',
    options: [
      digest,
      direction,
      { member: 'reasons', flags: '--reasons <codes>', help: 'of a rejection, with commas', read: 'list' },
      {
        member: 'rights',
        flags: '--rights <rights>',
        help: 'of an admission, such as csam:submit+receive,spam:receive',
        read: 'rights',
      },
      { member: 'accredited', flags: '--accredited', help: 'as an accredited hotline', read: 'flag' },
      note,
    ],
  },
  {
    name: 'decide',
    help: 'decide as another person recommended',
    mutation: 'decideApplication',
    input: 'DecisionInput',
    options: [digest, direction, note],
  },
  {
    name: 'admit',
    help: 'make the member as it was decided, and open the key ceremony',
    mutation: 'admitApplicant',
    answer: `{ __typename ... on ApplicantAdmitted { application member } ... on ActRefused { code field rule } }`,
  },
  {
    name: 'begin-conformance',
    help: 'end the key ceremony: the keys are there',
    mutation: 'beginConformance',
  },
  {
    name: 'activate-observer',
    help: 'give an observer its standing after the ceremony',
    mutation: 'activateObserver',
  },
  {
    name: 'begin-probation',
    help: 'begin probation with the rights that were decided, after a conformance pass',
    mutation: 'beginProbation',
  },
  { name: 'end-probation', help: 'end probation once its time has passed', mutation: 'endProbation' },
  {
    name: 'suspend',
    help: 'stop its member',
    mutation: 'suspendMember',
    input: 'ReasonedActInput',
    options: [reason, note],
  },
  {
    name: 'reinstate',
    help: 'end a suspension',
    mutation: 'reinstateMember',
    input: 'ApplicationActInput',
    options: [note],
  },
  {
    name: 'expel',
    help: 'end the membership for good',
    mutation: 'expelMember',
    input: 'ExpulsionInput',
    options: [
      reason,
      note,
      {
        member: 'recallFrom',
        flags: '--recall <index>',
        help: 'void what it said from this log index on',
        read: 'number',
      },
    ],
  },
  {
    name: 'ask-attestation',
    help: 'ask its member to attest anew, once that is due',
    mutation: 'askAttestation',
    input: 'ReasonedActInput',
    options: [reason],
  },
  {
    name: 'review-attestation',
    help: 'accept an attestation, or find it incomplete',
    mutation: 'reviewAttestation',
    input: 'AttestationReviewInput',
    options: [
      own(
        'attestation',
        '--number <number>',
        'number of the attestation: cairn member attestation',
        'number',
      ),
      own('outcome', '--outcome <outcome>', 'accepted or incomplete', 'enum'),
      note,
    ],
  },
];
