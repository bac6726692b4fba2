import type { Role } from '#libs/access';
import type { FieldAccess } from '../graphql/field-guard.js';
import { every, rules } from '../graphql/field-rules.js';

const AUDITOR: readonly Role[] = ['auditor'];
const WHO = 'auditors alone learn who was served what; the database shows rows to nobody else';
const WATCHED = 'auditors watch who reads what stands behind the log';

/** Rules about who could have received a value. */
export const EXPOSURE_ACCESS: FieldAccess = {
  ...rules('Query', AUDITOR, { exposure: WHO, personExposure: WATCHED }),
  ...every('Exposure', AUDITOR, WHO, 'channel type size horizon changes edges pageInfo'),
  ...every('RecordChange', AUDITOR, 'in the signed feed, which auditors may replay', 'round op signedAt'),
  ...rules('MemberExposureEdge', AUDITOR, { cursor: 'sealed for the caller', node: WHO }),
  ...every('MemberExposure', AUDITOR, WHO, 'member way certain firstAt lastAt count windows'),
  ...every('TimeRange', AUDITOR, WHO, 'from to'),
  ...every('PersonExposures', AUDITOR, WATCHED, 'edges pageInfo'),
  ...rules('PersonExposureEdge', AUDITOR, { cursor: 'sealed for the caller', node: WATCHED }),
  ...every('PersonExposure', AUDITOR, WATCHED, 'kind number person from end purpose at until'),
};
