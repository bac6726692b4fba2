import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { feedOrigin, provenanceOrigin, readLeaves } from '#libs/ledger';
import { decodeStatement } from '#libs/protocol';
import { TestHub } from '#test/hub';
import { assertion } from '#test/member';

const HOUR_MS = 3_600_000;

describe('leaf times', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await TestHub.create();
  });
  afterAll(() => hub.drop());

  describe('when the clock has been set back', () => {
    it('never go back, in the provenance log and in feeds', async () => {
      const author = await hub.admit('alpha');
      // The same as if the clock had been an hour ahead until now.
      await hub.databases.admin.transaction('age', 'system:test', (tx) =>
        tx.query('UPDATE cairn.log SET last_time = last_time + $1', [HOUR_MS]),
      );
      const latest = Date.now() + HOUR_MS / 2;
      const value = createHash('sha256').update('value').digest('hex');
      await hub.receive(author, await author.batch('csam', [assertion('sha256', value)]));
      await hub.settle();
      expect(decodeStatement(await lastLeaf(provenanceOrigin(hub.origin))).time).toBeGreaterThan(latest);
      const round = JSON.parse(Buffer.from(await lastLeaf(feedOrigin(hub.origin, 'csam'))).toString()) as {
        time: number;
      };
      expect(round.time).toBeGreaterThan(latest);
    });
  });

  async function lastLeaf(origin: string): Promise<Uint8Array> {
    return hub.worker.read('last-leaf', 'system:test', async (tx) => {
      const [log] = await tx.query<{ size: number }>(
        'SELECT size::float8 AS size FROM cairn.log WHERE origin = $1',
        [origin],
      );
      return (await readLeaves(tx, origin, log!.size - 1, log!.size))[0]!;
    });
  }
});
