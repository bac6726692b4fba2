/** Whom a caller can be to the API. Who may read which field is written down per field, by these names. */
export const ROLES = ['anonymous', 'member'] as const;

export type Role = (typeof ROLES)[number];
