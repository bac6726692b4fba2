import type { Role } from '#libs/access';
import type { FieldAccess } from '../graphql/field-guard.js';
import { every, rules } from '../graphql/field-rules.js';

const READERS: readonly Role[] = ['vetter', 'approver', 'auditor'];
const APPROVER: readonly Role[] = ['approver'];
const WITH_OWN: readonly Role[] = [...READERS, 'member_admin'];

const STAFF_SEE = 'staff know the members they vet, and auditors see how';
const OWN = 'of the own member for who administers it, of any for staff';

const ADMINISTRATOR: readonly Role[] = ['member_admin'];
const VETTERS: readonly Role[] = ['vetter', 'approver'];

/** Rules about members in the hands of staff. Operators run the hub and see none of it. */
export const MEMBER_ADMINISTRATION_ACCESS: FieldAccess = {
  ...every('Query', READERS, STAFF_SEE, 'members member memberActs'),
  ...every('Query', WITH_OWN, OWN, 'memberRights attestation'),
  ...rules('Mutation', ADMINISTRATOR, {
    fileAttestation: 'for the own member alone',
    acceptAgreementForMember: 'for the own member alone',
  }),
  ...every('Mutation', VETTERS, 'who vets; never the own organisation', 'askAttestation reviewAttestation'),
  ...every('Attestation', WITH_OWN, OWN, 'application member state attestBy agreementAccepted topics filed'),
  ...every('FiledAttestation', WITH_OWN, OWN, 'number answers signatory at outcome note'),
  ...every(
    'Mutation',
    APPROVER,
    'approvers decide; never about the organisation they administer themselves',
    'setMemberRight waiveConformance setAccreditation setControlGroup recallMember',
  ),
  ...every(
    'MemberRecord',
    READERS,
    STAFF_SEE,
    'member name kind status accredited controlGroup since application rights conformance waivers',
  ),
  ...rules('MemberRecordConnection', READERS, {
    edges: STAFF_SEE,
    pageInfo: 'says nothing that the list does not',
  }),
  ...rules('MemberRecordEdge', READERS, { cursor: 'sealed for the caller', node: STAFF_SEE }),
  ...every('MemberRights', WITH_OWN, OWN, 'member rights conformance'),
  ...every('MemberRight', WITH_OWN, OWN, 'channel submit receive changing'),
  ...every('MemberConformance', WITH_OWN, OWN, 'passedAt reportDigest counts'),
  ...every('ConformanceWaiver', READERS, 'between staff', 'channel reason until person at counts'),
  ...rules('MemberActConnection', READERS, {
    edges: 'between staff',
    pageInfo: 'says nothing that the list does not',
  }),
  ...rules('MemberActEdge', READERS, { cursor: 'sealed for the caller', node: 'between staff' }),
  ...every(
    'MemberAct',
    READERS,
    'between staff',
    'number act channel submit receive basis waivedBy accredited controlGroup from reason person at',
  ),
};
