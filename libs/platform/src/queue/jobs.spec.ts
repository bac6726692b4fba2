import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { idText, JOBS } from './jobs.js';
import { proveProcessors } from './processor-proof.js';

const registry = { decide: { ...JOBS['decide-submission'], queue: 'decide' } };

describe('JOBS', () => {
  it.each(Object.entries(JOBS))('%s holds identifiers only', (_, { schema }) => {
    const fields = Object.values((schema as z.ZodObject).shape);
    for (const field of fields) expect(field).toBe(idText);
    expect(schema.safeParse({ submissionId: '1', value: 'f8f8' }).success).toBe(false);
  });

  it('has a job id that BullMQ takes and that is the same for the same work', () => {
    const { jobId } = JOBS['decide-submission'];
    expect(jobId({ submissionId: '17' })).toBe('submission-17');
    expect(jobId({ submissionId: '17' })).not.toMatch(/:|^\d+$/);
  });

  it.each(['0', '-1', '01', '1.5', '', '99999999999999999999', ' 1', 'x'])(
    'takes no %j for an identity',
    (text) => {
      expect(JOBS['decide-submission'].schema.safeParse({ submissionId: text }).success).toBe(false);
    },
  );
});

describe('proveProcessors', () => {
  it('accepts one processor for each job', () => {
    expect(() => proveProcessors(registry, [{ job: 'decide', type: 'A' }])).not.toThrow();
  });

  it.each([
    [registry, [], 'no processor for decide'],
    [
      registry,
      [
        { job: 'decide', type: 'A' },
        { job: 'decide', type: 'B' },
      ],
      '2 processors for decide: A, B',
    ],
    [{}, [{ job: 'decide', type: 'A' }], 'A processes decide, which is not registered'],
    [
      { ...registry, other: registry.decide },
      [
        { job: 'decide', type: 'A' },
        { job: 'other', type: 'B' },
      ],
      'two jobs share queue decide',
    ],
  ])('refuses anything else', (jobs, processors, message) => {
    expect(() => proveProcessors(jobs, processors)).toThrow(message);
  });
});
