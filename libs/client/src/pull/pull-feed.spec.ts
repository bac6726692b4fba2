import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeStatement, RecordSet, toHex, type Change, type SetShape } from '#libs/protocol';
import { parsePolicy } from '#libs/tlog';
import { InterruptedFiles, Killed } from '../../../../test/client/support/interrupted-files.js';
import {
  add,
  adds,
  keyOf,
  MD5,
  metadata,
  remove,
  SHA256,
  update,
} from '../../../../test/client/support/signals.js';
import { TestFeed } from '../../../../test/client/support/test-feed.js';
import { TestLog } from '../../../../test/client/support/test-log.js';
import { durableFiles, type DurableFiles } from '../files/durable-files.js';
import { ProvenanceFollower } from '../log/provenance.js';
import { StaticLog } from '../log/static-log.js';
import { HashStore } from '../store/hash-store.js';
import type { ApplyLimits } from './apply-packs.js';
import { pullFeed, type PullResult } from './pull-feed.js';

const RUNS = Number(process.env['PULL_RUNS'] ?? 8);
const URL_SHAPE: SetShape = { type: 'url', keyLength: 32, hasValues: true };

let directory: string;
let feed: TestFeed;
let feedFile = (path: string): Promise<Uint8Array | null> => feed.file(path);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cairn-pull-'));
  feed = new TestFeed('hub.example', 'csam');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const pull = (files: DurableFiles = durableFiles, limits?: ApplyLimits): Promise<PullResult> => {
  const [log, hub, url] = [new TestLog('hub.example/log'), 'hub.example', 'https://hub.example'];
  log.append(encodeStatement({ kind: 'tick', time: 1 }));
  const policy = parsePolicy(`${log.policyLine(url)}${feed.log.policyLine(url)}quorum none\n`);
  const served = new StaticLog('log', (path) => log.file(path));
  return pullFeed({
    policy,
    hub,
    provenance: new ProvenanceFollower({
      policy,
      origin: hub,
      log: served,
      directory: join(directory, '.hub'),
    }),
    origin: feed.log.origin,
    feed: 'csam',
    fetchFile: (path) => feedFile(path),
    directory: join(directory, 'csam'),
    files,
    limits,
  });
};

/** Roots and contents of the store, checked by reading every byte of it. */
async function stored(): Promise<{ roots: Record<string, string>; records: string[] }> {
  const store = await HashStore.open(directory);
  try {
    store.verify();
    const roots = Object.fromEntries(store.feeds[0]!.types.map(({ type, root }) => [type, root]));
    const records = [...store.records()].map((record) => JSON.stringify(record));
    return { roots, records };
  } finally {
    store.close();
  }
}

function expected(sets: readonly RecordSet[]): Record<string, string> {
  return Object.fromEntries(sets.map((set) => [set.shape.type, toHex(set.root)]));
}

/** Changes that a set can undergo, out of wishes: how many supporters each of a few signals is to have, 0 for none. */
function changesFor(set: RecordSet, wishes: readonly number[], round: number): Change[] {
  return wishes.flatMap((wish, n): Change[] => {
    const present = set.get(keyOf(set.shape, n)) !== undefined;
    if (wish === 0) return present ? [remove(set.shape, n, 1 + (round % 11))] : [];
    return [present ? update(set.shape, n, { supporters: wish }) : add(set.shape, n, { supporters: wish })];
  });
}

describe('pullFeed', () => {
  describe('when a feed goes through any history', () => {
    it('holds what the reference set holds, however often it is pulled, rolled up and begun anew', async () => {
      const wishes = fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 8, maxLength: 8 });
      const history = fc.array(
        fc.record({
          wishes,
          pulled: fc.boolean(),
          parts: fc.integer({ min: 1, max: 8 }),
          rolled: fc.nat(4),
          moved: fc.nat(5),
        }),
        {
          minLength: 1,
          maxLength: 8,
        },
      );
      await fc.assert(
        fc.asyncProperty(history, async (rounds) => {
          feed = new TestFeed('hub.example', 'csam');
          await rm(join(directory, 'csam'), { recursive: true, force: true });
          for (const [round, { wishes: all, pulled, parts, rolled, moved }] of rounds.entries()) {
            const set = feed.set(MD5);
            const changes = changesFor(
              set,
              all.map((wish, n) => (wish < 0 ? (set.get(keyOf(MD5, n)) === undefined ? 0 : 1) : wish)),
              round,
            );
            if (changes.length === 0) feed.idle();
            else feed.publish([{ shape: MD5, changes }], { limits: { changes: parts, bytes: 1 << 20 } });
            const to = feed.log.size;
            if (rolled > 0) feed.rollUp({ from: Math.max(0, to - 2 * rolled), to });
            if (moved > 3) feed.snapshot(MD5, moved > 4, {}, { changes: parts, bytes: 1 << 20 });
            // Windows so small and files rewritten so early that every way of writing is met.
            if (pulled) await pull(durableFiles, { windowBytes: 300, windowPacks: 2, garbageBytes: 0 });
          }
          await pull();
          const { roots, records } = await stored();
          const set = feed.set(MD5);
          if (set.count > 0 || roots['md5'] !== undefined) expect(roots).toEqual(expected([set]));
          expect(records).toHaveLength(set.count);
        }),
        { numRuns: RUNS },
      );
    });
  });

  describe('when a type carries values', () => {
    it('keeps them, also those it does not know', async () => {
      const values = ['https://a.example/', 'https://b.example/x'].map((text) =>
        new TextEncoder().encode(text),
      );
      const { sha256 } = await import('#libs/tlog');
      const changes = values.map((value): Change => ({
        op: 'add',
        key: sha256(value),
        metadata: metadata(),
        value,
      }));
      feed.publish([{ shape: URL_SHAPE, changes }]);
      await pull();
      feed.publish([
        {
          shape: URL_SHAPE,
          changes: [{ op: 'update', key: sha256(values[0]!), metadata: metadata({ supporters: 3 }) }],
        },
      ]);
      await pull();
      const { roots, records } = await stored();
      expect(roots).toEqual(expected([feed.set(URL_SHAPE)]));
      expect(records.join()).toContain('https://a.example/');
    });
  });

  describe('when the process is killed at any step', () => {
    const publishFirst = () =>
      feed.publish([
        { shape: SHA256, changes: adds(SHA256, 0, 40) },
        { shape: MD5, changes: adds(MD5, 0, 3) },
      ]);
    const publishSecond = () =>
      feed.publish([
        {
          shape: SHA256,
          changes: [...adds(SHA256, 40, 60), remove(SHA256, 1), update(SHA256, 2, { supporters: 3 })],
        },
        { shape: MD5, changes: [remove(MD5, 0)] },
      ]);

    it('leaves the old state or the new one, and the next pull finishes', async () => {
      publishFirst();
      await pull();
      const before = await stored();
      const saved = `${directory}.saved`;
      await cp(directory, saved, { recursive: true });
      publishSecond();
      const dry = new InterruptedFiles(durableFiles);
      await pull(dry);
      const after = await stored();
      let old = 0;
      for (let step = 1; step <= dry.steps; step++) {
        await rm(directory, { recursive: true, force: true });
        await cp(saved, directory, { recursive: true });
        await pull(new InterruptedFiles(durableFiles, step)).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
        const left = await stored();
        expect([before, after]).toContainEqual(left);
        if (left.records.length === before.records.length) old++;
        await pull();
        expect(await stored()).toEqual(after);
      }
      await rm(saved, { recursive: true });
      // Most steps come before the commit; if none did, nothing was tested.
      expect(old).toBeGreaterThan(dry.steps / 2);
    });

    it('leaves an empty store or a full one at the first pull', async () => {
      feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 40) }]);
      const dry = new InterruptedFiles(durableFiles);
      await pull(dry);
      for (let step = 1; step <= dry.steps; step++) {
        await rm(directory, { recursive: true, force: true });
        await pull(new InterruptedFiles(durableFiles, step)).catch(() => undefined);
        const result = await pull();
        expect(result.to).toBe(1);
        expect((await stored()).records).toHaveLength(40);
      }
    });
  });

  describe('when it is killed while a type begins anew', () => {
    it('leaves the old set or the new one, and the next pull finishes', async () => {
      feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 40) }]);
      await pull();
      const before = await stored();
      const saved = `${directory}.saved`;
      await cp(directory, saved, { recursive: true });
      feed.publish([{ shape: SHA256, changes: [...adds(SHA256, 40, 60), remove(SHA256, 1, 10)] }]);
      feed.snapshot(SHA256, true);
      feed.publish([{ shape: SHA256, changes: [remove(SHA256, 2)] }]);
      const dry = new InterruptedFiles(durableFiles);
      expect((await pull(dry)).types).toMatchObject([{ anew: true, records: 58, added: 59, removed: 1 }]);
      const after = await stored();
      for (let step = 1; step <= dry.steps; step++) {
        await rm(directory, { recursive: true, force: true });
        await cp(saved, directory, { recursive: true });
        await pull(new InterruptedFiles(durableFiles, step)).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
        expect([before, after]).toContainEqual(await stored());
        await pull();
        expect(await stored()).toEqual(after);
      }
      await rm(saved, { recursive: true });
    });
  });

  describe('when a horizon passes packs while they are fetched', () => {
    const fetchFile = feedFile;
    afterEach(() => {
      feedFile = fetchFile;
    });

    it('plans anew by the head that it is in', async () => {
      feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 4) }]);
      feed.publish([{ shape: SHA256, changes: [remove(SHA256, 1, 10)] }]);
      let moved = false;
      feedFile = (path) => {
        if (path.startsWith('pack/') && !moved) feed.snapshot(SHA256, (moved = true));
        return fetchFile(path);
      };
      expect((await pull()).types).toMatchObject([
        { records: 3, added: 3, removed: 0, reasons: {}, packs: 1 },
      ]);
      expect((await stored()).records).toHaveLength(3);
    });

    it('does so once', async () => {
      feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 4) }]);
      feedFile = (path) => {
        if (!path.startsWith('pack/')) return fetchFile(path);
        feed.idle();
        return Promise.resolve(null);
      };
      await expect(pull()).rejects.toMatchObject({ code: 'PACK_MISSING' });
    });
  });

  describe('when a type has nothing left below its horizon', () => {
    it('holds nothing of it, and takes what comes', async () => {
      feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 4) }]);
      await pull();
      feed.publish([{ shape: SHA256, changes: [0, 1, 2, 3].map((n) => remove(SHA256, n, 10)) }]);
      feed.snapshot(SHA256, true);
      expect((await pull()).types).toMatchObject([{ anew: true, records: 0, packs: 0 }]);
      expect((await stored()).records).toEqual([]);
      feed.publish([{ shape: SHA256, changes: adds(SHA256, 7, 9) }]);
      expect((await pull()).types).toMatchObject([{ anew: false, records: 2 }]);
    });
  });

  describe('when pulls follow one another', () => {
    it('leaves no file behind that is not needed', async () => {
      for (let n = 0; n < 5; n++) {
        feed.publish([{ shape: SHA256, changes: adds(SHA256, 10 * n, 10 * n + 10) }]);
        await pull();
      }
      const names = await readdir(join(directory, 'csam'));
      expect(names.filter((name) => /\.(data|index)$/.test(name))).toHaveLength(2);
      expect(names.sort()).toEqual(['sha256.2.data', 'sha256.5.index', 'state.json']);
    });
  });

  describe('when the file system fails in the middle of the commit', () => {
    it('keeps the files of the old state and of the new one, for either may be what is left', async () => {
      feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 40) }]);
      await pull();
      const old = await readFile(join(directory, 'csam', 'state.json'));
      feed.publish([{ shape: SHA256, changes: adds(SHA256, 40, 60) }]);
      let committed = false;
      const failing: DurableFiles = {
        ...durableFiles,
        rename: async (from, to) => {
          await durableFiles.rename(from, to);
          committed ||= to.endsWith('state.json');
        },
        syncDirectory: (path) =>
          committed ? Promise.reject(new Error('EIO')) : durableFiles.syncDirectory(path),
      };
      await expect(pull(failing)).rejects.toThrow('EIO');
      expect((await stored()).records).toHaveLength(60);
      await writeFile(join(directory, 'csam', 'state.json'), old);
      expect((await stored()).records).toHaveLength(40);
      await pull();
      expect((await stored()).records).toHaveLength(60);
    });
  });

  describe('when a second pull runs at the same time', () => {
    it('refuses it, and finishes the first', async () => {
      feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 40) }]);
      const results = await Promise.allSettled([pull(), pull()]);
      const refused = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
      expect(refused.reason).toMatchObject({ code: 'BUSY', kind: 'local' });
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });

  describe('when it failed after a new file was begun', () => {
    it('tidies up', async () => {
      feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 40) }]);
      feed.publish([{ shape: SHA256, changes: adds(SHA256, 40, 41) }]);
      feed.packs.delete([...feed.packs.keys()][1]!);
      await expect(pull()).rejects.toMatchObject({ code: 'PACK_MISSING' });
      expect(await readdir(join(directory, 'csam'))).toEqual([]);
    });
  });
});
