import type { Role } from '#libs/access';
import type { FieldAccess } from '../graphql/field-guard.js';
import { every, rules } from '../graphql/field-rules.js';

const REPLAYERS: readonly Role[] = ['member', 'auditor'];
const AUDITOR: readonly Role[] = ['auditor'];
const WATCHED = 'auditors watch who reads what stands behind the log';

/** Rules about replaying the log. Vetters, approvers and operators have no part in it. */
export const REPLAY_ACCESS: FieldAccess = {
  ...rules('Mutation', REPLAYERS, {
    requestReplayTicket:
      'opens for a member what it may see of each submission, for auditors all of it, with each part recorded before it is shown',
  }),
  ...every('ReplayTicket', REPLAYERS, 'made for the caller', 'prefix expiresAt'),
  ...rules('Query', AUDITOR, { evidenceReads: WATCHED }),
  ...rules('Query', REPLAYERS, { states: 'in the provenance log' }),
  ...every('StatedLog', REPLAYERS, 'in the provenance log', 'index size root kept'),
  ...rules('EvidenceReadConnection', AUDITOR, {
    edges: WATCHED,
    pageInfo: 'says nothing that the list does not',
  }),
  ...rules('EvidenceReadEdge', AUDITOR, { cursor: 'sealed for the caller', node: WATCHED }),
  ...every('EvidenceRead', AUDITOR, WATCHED, 'number person from end purpose at'),
};
