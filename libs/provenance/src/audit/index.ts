export { announceAudit } from './announce-audit.js';
export {
  listAuditEvents,
  readAuditStatement,
  type AuditEvent,
  type LoggedAuditHead,
} from './audit-events.js';
