import type { Role } from '#libs/access';
import type { FieldAccess } from '../graphql/field-guard.js';
import { rules } from '../graphql/field-rules.js';

const MEMBER: readonly Role[] = ['member'];
const CALLERS: readonly Role[] = ['member', 'person'];
const OWN = 'of a run of the caller';

/** Who may read what of conformance runs: only the machine that is tried. */
export const CONFORMANCE_ACCESS: FieldAccess = {
  ...rules('Query', MEMBER, { conformanceRuns: 'only runs of the caller' }),
  ...rules('Mutation', MEMBER, {
    startConformance: 'a run of the caller, who must have both rights on the sandbox',
    reportConformance: 'only to a run of the caller',
  }),
  ...rules('ConformanceRun', MEMBER, {
    id: OWN,
    state: OWN,
    startedAt: OWN,
    expiresAt: OWN,
    steps: OWN,
    task: OWN,
  }),
  ...rules('ConformanceStep', MEMBER, {
    step: OWN,
    passed: OWN,
    reason: OWN,
    at: OWN,
    reportDigest: `${OWN}; a digest of what the caller sent`,
  }),
  ...rules('ConformanceTask', MEMBER, {
    step: OWN,
    type: OWN,
    values: `${OWN}; random, drawn for the run: they stand for nothing`,
    question: OWN,
    after: `${OWN}; random`,
  }),
  ...rules('ConformanceQuestion', MEMBER, {
    salt: `${OWN}; random`,
    from: `${OWN}; one of the run’s values, or zero`,
  }),
  ...rules('ConformanceRefused', CALLERS, {
    code: 'about the own request',
    message: 'about the own request; quotes no value',
  }),
  ...rules('ConformanceRefused', MEMBER, {
    field: 'about the own request',
    rule: 'about the own request; quotes no value',
  }),
};
