import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TestHub } from '#test/hub';
import { decodePack, REMOVAL_REASON } from '#libs/protocol';
import { assertion } from '#test/member';
import { admitMembers, anyStep, runSteps, type Step } from '#test/random-history';
import { replay } from '#test/replay';

const RUNS = Number(process.env['PARITY_RUNS'] ?? 4);
const STEPS = 25;

/** @returns the reasons of the removals in the last pack */
async function run(steps: readonly Step[]): Promise<number[]> {
  const hub = await TestHub.create();
  try {
    await runSteps(hub, await admitMembers(hub), steps);
    await hub.settle();
    const { statements } = await replay(hub.worker, hub.origin);
    expect(statements).toBeGreaterThan(0);
    const [last] = await hub.worker.read('last-pack', 'system:test', (tx) =>
      tx.query<{ data: Buffer }>('SELECT data FROM cairn.pack ORDER BY first_round DESC LIMIT 1'),
    );
    return last === undefined ? [] : [...decodePack(last.data).removed.reasons];
  } finally {
    await hub.drop();
  }
}

describe('the database projection', () => {
  describe('when random histories run through it', () => {
    it('publishes the set roots that the pure projection gives', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { minLength: STEPS, maxLength: STEPS }), async (steps) => {
          await run(steps);
        }),
        {
          numRuns: RUNS,
          endOnFailure: true,
        },
      );
    }, 600_000);
  });

  describe('when a line is voided and erased in one step', () => {
    it('gives the removal the reason that a replay comes to', async () => {
      const entries = [assertion('sha256', '07'.repeat(32))];
      const reasons = await run([
        { kind: 'submit', member: 0, named: true, entries },
        { kind: 'settle' },
        { kind: 'revoke', member: 0, back: 1000 },
        { kind: 'erase', picks: [0], purge: false },
      ]);
      expect(reasons).toEqual([REMOVAL_REASON.erased]);
    });
  });
});
