import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TestHub } from '#test/hub';
import { assertion } from '#test/member';
import { admitMembers, anyStep, runSteps, type Step } from '#test/random-history';
import { replay } from '#test/replay';

const RUNS = Number(process.env['PARITY_RUNS'] ?? 4);
const STEPS = 25;

async function run(steps: readonly Step[]): Promise<void> {
  const hub = await TestHub.create();
  try {
    await runSteps(hub, await admitMembers(hub), steps);
    await hub.settle();
    const { statements } = await replay(hub.worker, hub.origin);
    expect(statements).toBeGreaterThan(0);
  } finally {
    await hub.drop();
  }
}

describe('the database projection', () => {
  describe('when random histories run through it', () => {
    it('publishes the set roots that the pure projection gives', async () => {
      await fc.assert(fc.asyncProperty(fc.array(anyStep, { minLength: STEPS, maxLength: STEPS }), run), {
        numRuns: RUNS,
        endOnFailure: true,
      });
    }, 600_000);
  });

  describe('when a line is voided and erased in one step', () => {
    it('gives the removal the reason that a replay comes to', async () => {
      const entries = [assertion('sha256', '07'.repeat(32))];
      await run([
        { kind: 'submit', member: 0, named: true, entries },
        { kind: 'settle' },
        { kind: 'revoke', member: 0, back: 1000 },
        { kind: 'erase', picks: [0], purge: false },
      ]);
    });
  });
});
