import type { Role } from '#libs/access';
import { rules } from '../graphql/field-rules.js';
import type { FieldAccess } from '../graphql/field-guard.js';

const PERSON: readonly Role[] = ['person'];
const STAFF: readonly Role[] = ['vetter', 'approver', 'auditor', 'operator'];
const APPROVER: readonly Role[] = ['approver'];
const INVITERS: readonly Role[] = ['vetter', 'approver', 'member_admin'];

/** Rules about people. A person without any other role sees itself and may accept an invitation. */
export const PEOPLE_ACCESS: FieldAccess = {
  ...rules('Query', PERSON, { viewer: 'the caller itself' }),
  ...rules('Query', STAFF, { staff: 'staff know each other, and auditors who may do what' }),
  ...rules('Mutation', PERSON, { acceptInvitation: 'by the token alone; gives what the invitation says' }),
  ...rules('Mutation', INVITERS, {
    inviteMemberAdministrator: 'an administrator for its own member only, staff for every one',
    revokeInvitation: 'approvers any invitation, others what they made themselves',
  }),
  ...rules('Mutation', APPROVER, {
    inviteStaff: 'who decides who decides: approvers alone, and never for themselves',
    giveStaffRole: 'approvers alone, and never to themselves',
    takeStaffRole: 'approvers alone, and never from themselves',
    takeMemberAdministration: 'approvers alone, and never from themselves',
    disablePerson: 'approvers alone, and never themselves',
    enablePerson: 'approvers alone, and never themselves',
  }),
  ...rules('Viewer', PERSON, {
    id: 'the caller itself',
    name: 'the caller itself',
    email: 'the caller itself',
    roles: 'the caller itself',
    administers: 'the caller itself',
  }),
  ...rules('Person', STAFF, {
    id: 'staff know each other',
    issuer: 'part of the identity that a role is given to',
    subject: 'part of the identity that a role is given to',
    name: 'staff know each other',
    email: 'staff know each other',
    roles: 'who may do what is no secret among staff',
    administers: 'who may do what is no secret among staff',
    disabled: 'who may do what is no secret among staff',
  }),
  ...rules('InvitationIssued', INVITERS, {
    id: 'of the caller’s own invitation',
    token: 'shown once, to the caller who hands it on',
    expiresAt: 'of the caller’s own invitation',
  }),
  ...rules('InvitationRevoked', INVITERS, { id: 'echo of the request' }),
  ...rules('ActRefused', ['anonymous', 'applicant', 'member', 'person'], {
    code: 'about the own request',
    message: 'about the own request; quotes no value',
    field: 'about the own request',
    rule: 'about the own request; quotes no value',
  }),
};
