/**
 * Whom a caller can be to the API. Who may read which field is written down per field, by these names. A person who has logged in is
 * `person` besides whatever else it is. An `applicant` is whoever shows the secret of an application.
 */
export const ROLES = [
  'anonymous',
  'applicant',
  'member',
  'person',
  'vetter',
  'approver',
  'auditor',
  'operator',
  'member_admin',
] as const;

export type Role = (typeof ROLES)[number];
