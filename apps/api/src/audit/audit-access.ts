import type { Role } from '#libs/access';
import type { FieldAccess } from '../graphql/field-guard.js';
import { every, rules } from '../graphql/field-rules.js';

const AUDITOR: readonly Role[] = ['auditor'];
const WATCHED = 'auditors watch what staff and operator do; those who are watched do not read it';

/** Rules about the audit trail. */
export const AUDIT_ACCESS: FieldAccess = {
  ...rules('Query', AUDITOR, { auditEvents: WATCHED }),
  ...every('AuditEventConnection', AUDITOR, WATCHED, 'edges pageInfo statement'),
  ...rules('AuditEventEdge', AUDITOR, { cursor: 'sealed for the caller', node: WATCHED }),
  ...every('AuditEvent', AUDITOR, WATCHED, 'number time actor act subject inputs outcome chain'),
  ...every('AuditStatement', AUDITOR, 'public in the provenance log', 'index leaf proof'),
};
