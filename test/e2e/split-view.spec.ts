import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { provenanceOrigin, rootAt } from '#libs/ledger';
import { toHex, type LogHead } from '#libs/protocol';
import { TestHub } from '#test/hub';
import { assertion, type TestBatch, type TestMember } from '#test/member';

interface Mismatch {
  manifest: string;
  headSize: number;
  logSize: number;
  logRoot: string | null;
}

describe('a submission that names the head its author verified', () => {
  let hub: TestHub;
  let member: TestMember;
  let size: number;

  beforeAll(async () => {
    hub = await TestHub.create();
    member = await hub.admit('acme');
    await hub.admit('other');
    size = await logSize();
  });
  afterAll(() => hub.drop());

  const batch = (author: TestMember, head: LogHead | null): Promise<TestBatch> =>
    author.batch('csam', [assertion('sha256', randomBytes(32).toString('hex'))], { head });

  const headAt = async (at: number): Promise<LogHead> =>
    hub.worker.read('root', 'system:test', async (tx) => ({
      size: at,
      root: toHex(await rootAt(tx, provenanceOrigin(hub.origin), at)),
    }));

  async function logSize(): Promise<number> {
    const rows = await hub.worker.read('size', 'system:test', (tx) =>
      tx.query<{ n: number }>('SELECT size::float8 AS n FROM cairn.log WHERE feed IS NULL'),
    );
    return rows[0]!.n;
  }

  const evidence = (): Promise<Mismatch[]> =>
    hub.worker.read('evidence', 'system:test', (tx) =>
      tx.query<Mismatch>(
        `SELECT manifest, head_size::float8 AS "headSize", log_size::float8 AS "logSize",
                encode(log_root, 'hex') AS "logRoot" FROM cairn.head_mismatch ORDER BY seen_at`,
      ),
    );

  describe('when the head is one of the log', () => {
    it('is taken, whatever its size, and without one', async () => {
      for (let at = 1; at <= size; at++)
        expect(await hub.receive(member, await batch(member, await headAt(at)))).toMatchObject({ ok: true });
      expect(await hub.receive(member, await batch(member, null))).toMatchObject({ ok: true });
      expect(await evidence()).toEqual([]);
    });
  });

  describe('when the author was shown another history', () => {
    it('is refused for another root at a size of the log, and kept as evidence with its signature', async () => {
      const sent = await batch(member, { size: size - 1, root: (await headAt(size)).root });
      expect(await hub.receive(member, sent)).toMatchObject({
        ok: false,
        code: 'HEAD_MISMATCH',
        field: 'manifest.head',
        rule: expect.stringContaining('two histories'),
      });
      const { root } = await headAt(size - 1);
      expect(await evidence()).toMatchObject([
        { manifest: sent.manifest, headSize: size - 1, logSize: await logSize(), logRoot: root },
      ]);
      // A second one of the day adds nothing: evidence cannot be drowned in more of it.
      expect(await hub.receive(member, sent)).toMatchObject({ code: 'HEAD_MISMATCH' });
      expect(await evidence()).toHaveLength(1);
      // Each is told of: whoever watches sees that it goes on.
      const met = { member: 'acme', headSize: size - 1, logSize: await logSize() };
      expect(hub.headMismatches).toEqual([
        { ...met, isFirst: true },
        { ...met, isFirst: false },
      ]);
    });

    it('is refused for a size that the log never had, as after the restore of an old backup', async () => {
      const [other] = [await hub.admit('third')];
      const now = await logSize();
      const sent = await batch(other, { size: now + 5, root: randomBytes(32).toString('hex') });
      expect(await hub.receive(other, sent)).toMatchObject({
        ok: false,
        code: 'HEAD_MISMATCH',
        rule: expect.stringContaining('went back'),
      });
      expect((await evidence()).at(-1)).toMatchObject({ headSize: now + 5, logSize: now, logRoot: null });
    });
  });
});
