import { z } from 'zod';
import { defineJob } from '#libs/platform';

/** Jobs of the contract suite, alike those of the hub: an id and nothing else. */
export const TEST_JOBS = {
  'test-work': defineJob({
    queue: 'test-work',
    schema: z.strictObject({ id: z.string().regex(/^\d+$/) }),
    jobId: ({ id }) => `work-${id}`,
    attempts: 3,
    backoffMs: 20,
  }),
} as const;
