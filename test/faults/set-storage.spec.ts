import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { RoundPublisher } from '#libs/feed';
import { TestHub } from '#test/hub';
import { assertion, retraction, type TestEntry, type TestMember } from '#test/member';
import { replay } from '#test/replay';
import { checkRollups } from '#test/rollups';

const VALUES = 40;
const ROUNDS = 36;

/** What a publisher keeps of its sets between rounds: nothing, next to nothing, all. */
const KEEPING = [
  { cacheBytes: 0, mostChangedBytes: 0 },
  { cacheBytes: 3_000, mostChangedBytes: 500 },
  { cacheBytes: 1_000_000, mostChangedBytes: 1_000_000 },
];

describe('set trees', () => {
  let hub: TestHub;
  let author: TestMember;

  beforeAll(async () => {
    hub = await TestHub.create();
    author = await hub.admit('alpha');
  });
  afterAll(() => hub.drop());

  describe('when publishers that keep more or less of them take turns, and rounds are rolled back', () => {
    it('lead to the same roots as the log, and roll up what the rounds did', async () => {
      const publishers = KEEPING.map((options) => new RoundPublisher(hub.worker, hub.origin, options));
      for (let i = 0; i < ROUNDS; i++) {
        await hub.receive(author, await author.batch('csam', entriesOf(i)));
        await hub.decideAll();
        await hub.sequencer.sequence();
        // One that was rolled back leaves a state in memory that never was.
        if (i % 3 === 0) await rolledBack(publishers[(i + 1) % publishers.length]!);
        await publishers[i % publishers.length]!.publish();
      }
      expect((await replay(hub.worker, hub.origin)).rootsMet).toBeGreaterThanOrEqual(ROUNDS);
      expect(await checkRollups(hub.worker, hub.origin, 'csam')).toBeGreaterThanOrEqual(2);
    });

    it('refuses stored leaves that do not lead to the stored root', async () => {
      await hub.databases.admin.transaction('damage', 'system:test', (tx) =>
        tx.query(`UPDATE cairn.feed_type SET root = sha256(root)`),
      );
      await hub.receive(author, await author.batch('csam', entriesOf(0)));
      await hub.decideAll();
      await hub.sequencer.sequence();
      await expect(new RoundPublisher(hub.worker, hub.origin).publish()).rejects.toThrow('stored set tree');
    });
  });

  /** Publishes, and fails when all but the leaf is written. */
  async function rolledBack(publisher: RoundPublisher): Promise<void> {
    await hub.databases.admin.transaction('forbid', 'system:test', (tx) =>
      tx.query(`ALTER TABLE cairn.log ADD CONSTRAINT log_stuck CHECK (false) NOT VALID`),
    );
    await expect(publisher.publish()).rejects.toThrow('log_stuck');
    await hub.databases.admin.transaction('allow', 'system:test', (tx) =>
      tx.query(`ALTER TABLE cairn.log DROP CONSTRAINT log_stuck`),
    );
  }
});

/** Some values asserted, some retracted: other ones in each round. */
function entriesOf(round: number): TestEntry[] {
  return Array.from({ length: 12 }, (_, i) => {
    const n = (round * 7 + i * (1 + (round % 3))) % VALUES;
    const value = createHash('sha256').update(`value ${n}`).digest('hex');
    return (round + i) % 4 === 0 ? retraction('sha256', value) : assertion('sha256', value);
  });
}
