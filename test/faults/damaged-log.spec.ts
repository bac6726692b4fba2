import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditLog, CheckpointPublisher, LocalCheckpointSigner } from '#libs/ledger';
import {
  type Damage,
  deletedBundle,
  flippedBundle,
  flippedRoot,
  flippedTile,
  withoutLogTrigger,
} from '#test/damage';
import { MemorySignerRecord } from '#test/memory-signer-record';
import { createTestDatabase, type TestDatabase } from '#test/postgres';
import { StoredLog } from '#test/stored-log';

/** Bytes of an entry of a stored log in its bundle, length included. */
const ENTRY = 42;
const SIGNED = 300;
const SIZE = 600;

/** Where the damage is, in a log of 600 leaves of which 300 were signed before. */
type Place = [about: string, damage: (logId: number) => Damage];

const NOT_YET_SIGNED: Place[] = [
  ['a byte of an entry is flipped', (id) => flippedBundle(id, 2, 20 * ENTRY + 10)],
  ['a byte of an entry behind the signed edge is flipped', (id) => flippedBundle(id, 1, 60 * ENTRY + 10)],
  ['a byte of an entry length is flipped', (id) => flippedBundle(id, 2, 20 * ENTRY + 1)],
  ['a byte of a level-0 tile is flipped', (id) => flippedTile(id, 0, 2, 20)],
  ['a byte of a level-0 tile behind the signed edge is flipped', (id) => flippedTile(id, 0, 1, 60)],
  ['a byte of an upper tile is flipped', (id) => flippedTile(id, 1, 0, 1)],
  ['a byte of the root is flipped', (id) => flippedRoot(id)],
  ['an entry bundle is gone', (id) => deletedBundle(id, 2)],
];

const SIGNED_BEFORE: Place[] = [
  ['a byte of an entry is flipped', (id) => flippedBundle(id, 1, 10 * ENTRY + 10)],
  ['a byte of a level-0 tile is flipped', (id) => flippedTile(id, 0, 1, 10)],
  ['a byte of an upper tile is flipped', (id) => flippedTile(id, 1, 0, 0)],
  ['the entry bundle at the right edge is gone', (id) => deletedBundle(id, 1)],
];

describe('a damaged log', () => {
  let test: TestDatabase;
  let publisher: CheckpointPublisher;

  beforeAll(async () => {
    test = await createTestDatabase();
    const signer = new LocalCheckpointSigner(randomBytes(32), new MemorySignerRecord());
    publisher = new CheckpointPublisher(test.worker, signer);
  });
  afterAll(() => test.drop());

  const asOwner = (work: Damage['mount']): Promise<void> =>
    test.admin.transaction('damage', 'system:test', work);
  const audit = (origin: string) => test.worker.read('audit', 'system:test', (tx) => auditLog(tx, origin));

  /** A log of which half was signed. */
  async function halfSigned(): Promise<StoredLog> {
    const log = await StoredLog.create(test, SIGNED);
    expect(await publisher.publish()).toEqual([]);
    await log.grow(SIZE - SIGNED);
    return log;
  }

  describe.each([
    ['in the part not yet signed', NOT_YET_SIGNED],
    ['at the right edge of what was signed', SIGNED_BEFORE],
  ])('when, %s,', (_, places) => {
    it.each(places)('%s: it is not signed until it has been repaired', async (_about, damageOf) => {
      const log = await halfSigned();
      const damage = damageOf(log.id);
      await asOwner(damage.mount);
      const refused = await publisher.publish();
      expect(refused).toMatchObject([{ origin: log.origin, reason: 'damaged_log' }]);
      expect(refused[0]!.detail).toContain(log.origin);
      expect(await log.checkpoints()).toEqual([SIGNED]);
      expect(await audit(log.origin)).toMatchObject({ ok: false });

      await asOwner(damage.repair);
      expect(await publisher.publish()).toEqual([]);
      expect(await log.checkpoints()).toEqual([SIGNED, SIZE]);
      expect(await audit(log.origin)).toEqual({ ok: true, size: SIZE });
    });
  });

  describe('when it went back', () => {
    it('is not signed while its size is below the signed one', async () => {
      const log = await halfSigned();
      const [{ root }] = (await test.worker.read('old-head', 'system:test', (tx) =>
        tx.query<{ root: Buffer }>('SELECT root FROM cairn.checkpoint WHERE log_id = $1', [log.id]),
      )) as [{ root: Buffer }];
      expect(await publisher.publish()).toEqual([]);
      const now = await log.head();
      await withoutLogTrigger(test.admin, async (tx) => {
        await tx.query('UPDATE cairn.log SET size = $2, root = $3 WHERE id = $1', [log.id, SIGNED, root]);
      });
      expect(await publisher.publish()).toMatchObject([{ origin: log.origin, reason: 'log_went_back' }]);

      await asOwner(async (tx) => {
        await tx.query('UPDATE cairn.log SET size = $2, root = $3 WHERE id = $1', [
          log.id,
          now.size,
          now.root,
        ]);
      });
      expect(await publisher.publish()).toEqual([]);
      await log.grow(1);
      expect(await publisher.publish()).toEqual([]);
      expect(await log.checkpoints()).toEqual([SIGNED, SIZE, SIZE + 1]);
    });

    it('is not signed when it then grew on with other leaves', async () => {
      const log = await StoredLog.create(test, SIGNED);
      const backup = await copyOf(log);
      await log.grow(10);
      expect(await publisher.publish()).toEqual([]);
      const before = await copyOf(log);
      await restore(log, backup);
      await log.grow(20);
      expect(await publisher.publish()).toMatchObject([{ origin: log.origin, reason: 'damaged_log' }]);
      expect(await log.checkpoints()).toEqual([SIGNED + 10]);

      await restore(log, before);
      await log.grow(20);
      expect(await publisher.publish()).toEqual([]);
      expect(await log.checkpoints()).toEqual([SIGNED + 10, SIGNED + 30]);
    });

    it('is not signed when it has the signed size and another root', async () => {
      const log = await StoredLog.create(test, 20);
      expect(await publisher.publish()).toEqual([]);
      const damage = flippedRoot(log.id);
      await asOwner(damage.mount);
      expect(await publisher.publish()).toMatchObject([{ origin: log.origin, reason: 'log_went_sideways' }]);
      await asOwner(damage.repair);
      expect(await publisher.publish()).toEqual([]);
    });
  });

  describe('when it is to grow', () => {
    it.each<Place>([
      ['a byte of its level-0 tile is flipped', (id) => flippedTile(id, 0, 1, 10)],
      ['a byte of its upper tile is flipped', (id) => flippedTile(id, 1, 0, 0)],
      ['a byte of its root is flipped', (id) => flippedRoot(id)],
    ])('and %s: nothing is built on that', async (_about, damageOf) => {
      const log = await StoredLog.create(test, SIGNED);
      expect(await publisher.publish()).toEqual([]);
      const damage = damageOf(log.id);
      await asOwner(damage.mount);
      await expect(log.grow(1)).rejects.toThrow(/do not lead to the stored root/);
      await asOwner(damage.repair);
      expect(await log.grow(1)).toMatchObject({ size: SIGNED + 1 });
      expect(await publisher.publish()).toEqual([]);
    });
  });

  describe('when it is audited from its first byte', () => {
    it('shows any flipped byte of any tile and bundle', async () => {
      const log = await StoredLog.create(test, 3 * 256 + 17);
      expect(await publisher.publish()).toEqual([]);
      for (const damage of await everywhere(log)) {
        await asOwner(damage.mount);
        expect(await audit(log.origin)).toMatchObject({ ok: false });
        await asOwner(damage.repair);
      }
      expect(await audit(log.origin)).toEqual({ ok: true, size: 3 * 256 + 17 });
    });

    it('says so when there is no such log', async () => {
      expect(await audit('hub.test/feed/none')).toEqual({ ok: false, detail: 'the log does not exist' });
    });
  });

  /** A flipped byte at random places of every row. */
  async function everywhere(log: StoredLog): Promise<Damage[]> {
    const { bundles, tiles } = await copyOf(log);
    return [
      ...bundles.flatMap(({ n, data }) =>
        [0, randomInt(data.length), data.length - 1].map((at) => flippedBundle(log.id, n, at)),
      ),
      ...tiles.flatMap(({ level, n, width }) =>
        [0, randomInt(width), width - 1].map((hash) => flippedTile(log.id, level, n, hash)),
      ),
    ];
  }

  interface Copy {
    head: { size: number; root: Buffer };
    bundles: { n: number; width: number; data: Buffer }[];
    tiles: { level: number; n: number; width: number; hashes: Buffer }[];
  }

  async function copyOf(log: StoredLog): Promise<Copy> {
    const head = await log.head();
    return test.worker.read('copy-log', 'system:test', async (tx) => ({
      head,
      bundles: await tx.query('SELECT n::float8 AS n, width, data FROM cairn.log_bundle WHERE log_id = $1', [
        log.id,
      ]),
      tiles: await tx.query(
        'SELECT level, n::float8 AS n, width, hashes FROM cairn.log_tile WHERE log_id = $1',
        [log.id],
      ),
    }));
  }

  async function restore(log: StoredLog, { head, bundles, tiles }: Copy): Promise<void> {
    await withoutLogTrigger(test.admin, async (tx) => {
      await tx.query('DELETE FROM cairn.log_bundle WHERE log_id = $1', [log.id]);
      await tx.query('DELETE FROM cairn.log_tile WHERE log_id = $1', [log.id]);
      for (const { n, width, data } of bundles)
        await tx.query('INSERT INTO cairn.log_bundle VALUES ($1, $2, $3, $4)', [log.id, n, width, data]);
      for (const { level, n, width, hashes } of tiles)
        await tx.query('INSERT INTO cairn.log_tile VALUES ($1, $2, $3, $4, $5)', [
          log.id,
          level,
          n,
          width,
          hashes,
        ]);
      await tx.query('UPDATE cairn.log SET size = $2, root = $3 WHERE id = $1', [
        log.id,
        head.size,
        head.root,
      ]);
    });
  }
});
