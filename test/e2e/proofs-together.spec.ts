import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  appendLeaves,
  CheckpointPublisher,
  createLog,
  LocalCheckpointSigner,
  lockLog,
  readLeaves,
  readLeavesAt,
  readProofText,
  readProofTexts,
} from '#libs/ledger';
import { MemorySignerRecord } from '#test/memory-signer-record';
import { createTestDatabase, type TestDatabase } from '#test/postgres';

const ORIGIN = 'hub.test/log';
const SIZES = [1, 2, 255, 256, 257, 512, 769, 65_536, 65_793] as const;

const signer = new LocalCheckpointSigner(new Uint8Array(32), new MemorySignerRecord());
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.admin.transaction('create-log', 'system:test', (tx) => createLog(tx, ORIGIN, null));
});
afterAll(() => database.drop());

async function growTo(size: number): Promise<void> {
  await database.worker.transaction('grow', 'system:test', async (tx) => {
    const log = await lockLog(tx, ORIGIN);
    const leaves = Array.from({ length: size - log.size }, (_, i) => Buffer.from(`leaf ${log.size + i}`));
    await appendLeaves(tx, log, leaves, 1);
  });
  await new CheckpointPublisher(database.worker, signer).publish();
}

describe('proofs that are read together', () => {
  it.each(SIZES)('are those that are read one by one, in a log of %d leaves', async (size) => {
    await growTo(size);
    const edges = [0, 1, 127, 128, 255, 256, 511, 768, 65_535, 65_536, size - 2, size - 1];
    const indexes = [...new Set(edges.filter((index) => index >= 0 && index < size))];
    await database.worker.read('prove', 'system:test', async (tx) => {
      const together = await readProofTexts(tx, ORIGIN, [...indexes, size]);
      const leaves = await readLeavesAt(tx, ORIGIN, [...indexes, size + 256]);
      expect([...together.keys()]).toEqual(indexes);
      expect([...leaves.keys()]).toEqual(indexes);
      for (const index of indexes) {
        expect(together.get(index)).toBe(await readProofText(tx, ORIGIN, index));
        expect(leaves.get(index)).toEqual((await readLeaves(tx, ORIGIN, index, index + 1))[0]);
      }
    });
  });
});
