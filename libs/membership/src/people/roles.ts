/** What staff of an alliance can be. One person can be several. */
export const STAFF_ROLES = ['vetter', 'approver', 'auditor', 'operator'] as const;

export type StaffRole = (typeof STAFF_ROLES)[number];

/** What a person can be: staff, or administrator of one member. */
export type PersonRole = StaffRole | 'member_admin';
