import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TestHub } from '#test/hub';
import { admitMembers, anyStep, runSteps } from '#test/random-history';
import { replay } from '#test/replay';

const RUNS = Number(process.env['PARITY_RUNS'] ?? 4);
const STEPS = 25;
describe('the database projection', () => {
  describe('when random histories run through it', () => {
    it('publishes the set roots that the pure projection gives', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { minLength: STEPS, maxLength: STEPS }), async (steps) => {
          const hub = await TestHub.create();
          try {
            await runSteps(hub, await admitMembers(hub), steps);
            await hub.settle();
            const { statements } = await replay(hub.worker, hub.origin);
            expect(statements).toBeGreaterThan(0);
          } finally {
            await hub.drop();
          }
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    }, 600_000);
  });
});
