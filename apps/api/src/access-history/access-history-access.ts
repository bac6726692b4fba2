import type { Role } from '#libs/access';
import type { FieldAccess } from '../graphql/field-guard.js';
import { every, rules } from '../graphql/field-rules.js';

const AUDITOR: readonly Role[] = ['auditor'];
const WHO = 'auditors alone learn who was served what; the database shows rows to nobody else';

/** Rules about the access history of feeds. */
export const ACCESS_HISTORY_ACCESS: FieldAccess = {
  ...rules('Query', AUDITOR, { accessHistory: WHO }),
  ...every('FeedAccessConnection', AUDITOR, WHO, 'edges pageInfo'),
  ...rules('FeedAccessEdge', AUDITOR, { cursor: 'sealed for the caller', node: WHO }),
  ...every('FeedAccess', AUDITOR, WHO, 'member channel way type rounds firstAt lastAt until count'),
  ...every('RoundRange', AUDITOR, WHO, 'from to'),
};
