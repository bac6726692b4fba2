import type { Role } from '#libs/access';
import type { FieldAccess } from '../graphql/field-guard.js';
import { every, rules } from '../graphql/field-rules.js';

const AUDITOR: readonly Role[] = ['auditor'];
const SPLIT =
  'auditors look into it when hub and member saw two histories; the manifest stays in the database, and with it what else the member said';

/** Rules about heads that the log never had. Those who run the hub are not who looks into it. */
export const HEAD_MISMATCH_ACCESS: FieldAccess = {
  ...rules('Query', AUDITOR, { headMismatches: SPLIT }),
  ...rules('HeadMismatchConnection', AUDITOR, {
    edges: SPLIT,
    pageInfo: 'says nothing that the list does not',
  }),
  ...rules('HeadMismatchEdge', AUDITOR, { cursor: 'sealed for the caller', node: SPLIT }),
  ...every('HeadMismatch', AUDITOR, SPLIT, 'number member at headSize headRoot logSize logRoot'),
};
