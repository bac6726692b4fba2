import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CheckpointPublisher, LocalCheckpointSigner } from '#libs/ledger';
import { withoutLogTrigger } from '#test/damage';
import { MemorySignerRecord } from '#test/memory-signer-record';
import { createTestDatabase, type TestDatabase } from '#test/postgres';
import { backUp } from '#test/restored-log';
import { StoredLog } from '#test/stored-log';

describe('a database restored from an old backup', () => {
  let test: TestDatabase;
  let record: MemorySignerRecord;
  let publisher: CheckpointPublisher;

  beforeAll(async () => {
    test = await createTestDatabase();
    record = new MemorySignerRecord();
    const signer = new LocalCheckpointSigner(randomBytes(32), record);
    publisher = new CheckpointPublisher(test.worker, signer);
  });
  afterAll(() => test.drop());

  describe.each([
    [20, 10, 5],
    [20, 10, 10],
    [20, 10, 30],
    [300, 212, 1],
    [300, 212, 212],
    [300, 212, 300],
    [256, 256, 256],
    [256, 256, 512],
  ])('of %i leaves, when %i more were signed and it grows by %i others', (size, lost, others) => {
    it('gets no signature on a second history, and one on the first when a newer backup is there', async () => {
      const log = await StoredLog.create(test, size);
      expect(await publisher.publish()).toEqual([]);
      const restoreOld = await backUp(test, log);
      await log.grow(lost);
      expect(await publisher.publish()).toEqual([]);
      const signed = record.head(log.origin);
      const whole = await log.head();
      const kept = await test.worker.read('kept', 'system:test', async (tx) => ({
        bundles: await tx.query<object>('SELECT * FROM cairn.log_bundle WHERE log_id = $1', [log.id]),
        tiles: await tx.query<object>('SELECT * FROM cairn.log_tile WHERE log_id = $1', [log.id]),
      }));

      await restoreOld();
      await log.grow(others);
      const reason = others < lost ? 'log_went_back' : others === lost ? 'log_went_sideways' : 'damaged_log';
      for (let i = 0; i < 2; i++)
        expect(await publisher.publish()).toMatchObject([{ origin: log.origin, reason }]);
      expect(await log.checkpoints()).toEqual([size]);
      expect(record.head(log.origin)).toBe(signed);

      await withoutLogTrigger(test.admin, async (tx) => {
        for (const [table, rows] of [
          ['log_bundle', kept.bundles],
          ['log_tile', kept.tiles],
        ] as const) {
          await tx.query(`DELETE FROM cairn.${table} WHERE log_id = $1`, [log.id]);
          for (const row of rows)
            await tx.query(
              `INSERT INTO cairn.${table} VALUES (${Object.keys(row).map((_, i) => `$${i + 1}`)})`,
              Object.values(row),
            );
        }
        await tx.query('UPDATE cairn.log SET size = $2, root = $3 WHERE id = $1', [
          log.id,
          whole.size,
          whole.root,
        ]);
      });
      expect(await publisher.publish()).toEqual([]);
      await log.grow(3);
      expect(await publisher.publish()).toEqual([]);
      expect(await log.checkpoints()).toEqual([size, size + lost, size + lost + 3]);
    });
  });
});
