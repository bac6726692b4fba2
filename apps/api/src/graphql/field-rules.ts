import type { Role } from '#libs/access';
import type { FieldAccess, FieldRule } from './field-guard.js';

/** Rules of one type: for each field the reason why just these roles may read it. */
export function rules(type: string, roles: readonly Role[], reasons: Record<string, string>): FieldAccess {
  const rows = Object.entries(reasons).map(([field, reason]): [string, FieldRule] => [
    `${type}.${field}`,
    { roles, reason },
  ]);
  return Object.fromEntries(rows);
}

/** The same reason for many fields, whose names are parted by spaces. */
export function every(type: string, roles: readonly Role[], reason: string, fields: string): FieldAccess {
  return rules(type, roles, Object.fromEntries(fields.split(' ').map((field) => [field, reason])));
}
