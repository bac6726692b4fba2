import type { Role } from '#libs/access';
import type { FieldAccess } from '../graphql/field-guard.js';
import { every, rules } from '../graphql/field-rules.js';

const READERS: readonly Role[] = ['member', 'vetter', 'approver', 'auditor'];
const AUDITOR: readonly Role[] = ['auditor'];
const CALLERS: readonly Role[] = ['member', 'person'];

const RECEIVED = 'only for members who receive the channel, and for staff';
const ENTITLED = `${RECEIVED}; the database leaves out what follows from an author whom the caller may not know`;

/** Rules about histories of signals and proofs of entries. Operators run the hub and see none of it. */
export const PROVENANCE_ACCESS: FieldAccess = {
  ...rules('Query', READERS, { provenance: RECEIVED }),
  ...rules('Query', READERS, {
    entryProof:
      'one line at a time: of channels the member may receive, with the author only if named or itself; else its own. Staff and auditors, ' +
      'any with its author, an anonymous one only when that is recorded',
  }),
  ...rules('EntryProof', READERS, { document: 'made for the caller, of what it may see' }),
  ...every(
    'EntryErased',
    READERS,
    'only for who may have the proof; the statement is public in the log',
    'index erasedBy',
  ),
  ...rules('EntryErased', CALLERS, { code: 'a constant', message: 'names a statement that is public' }),
  ...rules('Query', AUDITOR, { authorshipReads: 'auditors watch who looks behind anonymity' }),
  ...every('Provenance', READERS, RECEIVED, 'channel type size latest edges'),
  ...rules('Provenance', READERS, { pageInfo: 'says nothing that the list does not' }),
  ...rules('ProvenanceEdge', READERS, { cursor: 'sealed for the caller', node: RECEIVED }),
  ...every(
    'ProvenanceEvent',
    READERS,
    ENTITLED,
    'kind index line time verdict code effect prev named reason expires author endedAs endedBy member key ended',
  ),
  ...rules('ProvenanceEvent', READERS, {
    decision: `${RECEIVED}, like content bodies and decision lines anywhere`,
    leaf: 'public in the provenance log',
    proof: 'made of public parts of the provenance log',
  }),
  ...every(
    'DecisionProof',
    READERS,
    `${RECEIVED}: the blinded proof of each entry holds it, too`,
    'content line path',
  ),
  ...every(
    'ProvenanceAuthor',
    READERS,
    'the author itself, a named one, or for staff who say why, which is recorded',
    'member group key keyAdded keyRevoked keyVoidFrom keyStanding own',
  ),
  ...every('EntryPlace', READERS, ENTITLED, 'index line'),
  ...rules('AuthorshipReadConnection', AUDITOR, {
    edges: 'auditors watch who looks behind anonymity',
    pageInfo: 'says nothing that the list does not',
  }),
  ...rules('AuthorshipReadEdge', AUDITOR, {
    cursor: 'sealed for the caller',
    node: 'auditors watch who looks behind anonymity',
  }),
  ...every(
    'AuthorshipRead',
    AUDITOR,
    'auditors watch who looks behind anonymity',
    'number person index line channel purpose at',
  ),
};
