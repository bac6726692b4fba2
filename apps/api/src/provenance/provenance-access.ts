import type { Role } from '#libs/access';
import type { FieldAccess } from '../graphql/field-guard.js';
import { rules } from '../graphql/field-rules.js';

const READERS: readonly Role[] = ['member', 'vetter', 'approver', 'auditor'];

/** Rules about where entries came from. */
export const PROVENANCE_ACCESS: FieldAccess = {
  ...rules('Query', READERS, {
    entryProof:
      'one line at a time: of channels the member may receive, with the author only if named or itself; else its own. Staff and auditors, ' +
      'any with its author, an anonymous one only when that is recorded',
  }),
  ...rules('EntryProof', READERS, { document: 'made for the caller, of what it may see' }),
};
