import type { Role } from '#libs/access';
import type { FieldAccess } from '../graphql/field-guard.js';
import { every, rules } from '../graphql/field-rules.js';

const DESK: readonly Role[] = ['vetter', 'approver'];
const READERS: readonly Role[] = ['vetter', 'approver', 'auditor'];
const SHOWN =
  'between those who ask and confirm, and auditors; the statement is public in the log, and the value is in neither';

/** Rules about erasures. Those who run the hub decide none. */
export const ERASURE_ACCESS: FieldAccess = {
  ...rules('Query', READERS, { erasures: SHOWN, erasure: SHOWN }),
  ...rules('Mutation', DESK, {
    requestErasure: 'either of the two persons may begin',
    withdrawErasure: 'what is not confirmed has no effect yet',
  }),
  ...rules('Mutation', ['approver'], {
    confirmErasure: 'deletes for good; the database wants another person',
  }),
  ...rules('ErasureConnection', READERS, { edges: SHOWN, pageInfo: 'says nothing that the list does not' }),
  ...rules('ErasureEdge', READERS, { cursor: 'sealed for the caller', node: SHOWN }),
  ...every(
    'Erasure',
    READERS,
    SHOWN,
    'id reason justification lines requestedBy requestedAt document digest confirmedBy confirmedAt withdrawnAt index purgedAt valuesLeft',
  ),
};
