import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkForkEvidence } from '#libs/client';
import { encodePack, packDigest, RecordSet, sortChanges, toHex, type RoundTypeChange } from '#libs/protocol';
import { encodeEntryBundle } from '#libs/tlog';
import {
  answering,
  endless,
  expectRefused,
  hubWithStore,
  pourInto,
  pullFrom,
  snapshot,
} from './support/attacks.js';
import { add, adds, MD5, remove, SHA256, update } from './support/signals.js';
import { send, type Intercept, type TestHub } from './support/test-hub.js';
import { TestLog } from './support/test-log.js';

let hub: TestHub;

beforeEach(async () => {
  hub = await hubWithStore();
});
afterEach(() => hub.stop());

const pull = () => pullFrom(hub);
const refused = (code: string, attack?: Intercept) => expectRefused(hub, code, attack);

const isCheckpoint = (path: string) => path === '/feed/csam/checkpoint';
const isBundle = (path: string) => path.includes('/tile/entries/');
const isPack = (path: string) => path.includes('/pack/');
const checkpointOf = (note: () => Promise<string>) =>
  answering(isCheckpoint, async () => Buffer.from(await note()));

describe('pull under attack', () => {
  describe('when a checkpoint is not to be trusted', () => {
    it('refuses one by another key', async () => {
      const other = new TestLog(hub.feed.log.origin, new Uint8Array(32).fill(9));
      other.rewrite(hub.feed.log.leaves);
      await refused(
        'NOTE_REJECTED',
        checkpointOf(() => other.checkpoint()),
      );
    });

    it('refuses one whose signature is broken', async () => {
      const note = await hub.feed.log.checkpoint();
      const at = note.length - 20;
      const swapped = note[at] === 'A' ? 'B' : 'A';
      const broken = note.slice(0, at) + swapped + note.slice(at + 1);
      await refused(
        'NOTE_REJECTED',
        checkpointOf(async () => broken),
      );
    });

    it('refuses that of another feed', async () => {
      const other = hub.feeds.get('tvec')!;
      other.publish([{ shape: SHA256, changes: adds(SHA256, 0, 60) }]);
      await refused(
        'WRONG_LOG',
        checkpointOf(() => other.log.checkpoint()),
      );
    });

    it('refuses one that is announced too long, before reading it', async () => {
      let written = 0;
      await refused('OVERSIZE', (path, response) => {
        if (!isCheckpoint(path)) return false;
        response.writeHead(200, { 'content-length': 10_000_000 });
        response.on('error', () => undefined);
        written = pourInto(response);
        return true;
      });
      expect(written).toBeLessThan(10_000_000);
    });

    it('refuses one that does not end', async () => {
      await refused('OVERSIZE', endless(isCheckpoint));
    });
  });

  describe('when the log contradicts what was verified', () => {
    it('refuses a rollback', async () => {
      await refused(
        'LOG_ROLLBACK',
        checkpointOf(() => hub.feed.log.checkpoint({ size: 1 })),
      );
    });

    it('refuses a fork at the same size, keeps both notes and stops', async () => {
      const forked = checkpointOf(() =>
        hub.feed.log.checkpoint({ size: 2, root: new Uint8Array(32).fill(1) }),
      );
      const error = await refused('LOG_FORK', forked);
      const [evidence] = await readdir(join(hub.store, 'csam', 'evidence'));
      const path = join(hub.store, 'csam', 'evidence', evidence!);
      expect(error.message).toContain(path);
      const file = await readFile(path);
      expect(await checkForkEvidence(await hub.pinned(), file, path)).toMatchObject({
        ...{ kind: 'fork', first: { size: 2 }, second: { size: 2 } },
      });
      await refused('LOG_STOPPED');
      await rm(path);
      await expect(pull()).resolves.toMatchObject({ changed: true });
    });

    it('proves a longer fork from the files of the log itself, and stops', async () => {
      const { leaves } = hub.feed.log;
      const before = await snapshot(hub);
      hub.feed.log.rewrite([Buffer.from('another past'), ...leaves.slice(1)]);
      await expect(pull()).rejects.toMatchObject({ code: 'LOG_FORK' });
      const kept = await readdir(join(hub.store, 'csam', 'evidence'));
      expect(kept).toEqual([expect.stringMatching(/^fork-/)]);
      const file = await readFile(join(hub.store, 'csam', 'evidence', kept[0]!));
      expect(await checkForkEvidence(await hub.pinned(), file, 'fork')).toMatchObject({
        ...{ kind: 'fork', first: { size: 2 }, second: { size: 4 } },
      });
      expect(await snapshot(hub)).toBe(before);
      await refused('LOG_STOPPED');
    });

    it('proves it also when it begins anew because another type is wanted', async () => {
      const cairn = await hub.client();
      await cairn.pull({ feed: 'csam', store: hub.store, types: ['md5'] });
      const { leaves } = hub.feed.log;
      hub.feed.log.rewrite([Buffer.from('another past'), ...leaves.slice(1), leaves[1]!]);
      await expect(cairn.pull({ feed: 'csam', store: hub.store, types: 'all' })).rejects.toMatchObject({
        code: 'LOG_FORK',
      });
    });

    it.each([
      ['hidden', (leaves: Uint8Array[]) => leaves.filter((_, i) => i !== 2), 'LOG_GAP'],
      ['out of order', ([a, b, c, d]: Uint8Array[]) => [a!, b!, d!, c!], 'LOG_MISMATCH'],
      ['altered', ([a, b, c]: Uint8Array[]) => [a!, b!, c!, Buffer.from('{}')], 'LOG_MISMATCH'],
      ['one too many', (leaves: Uint8Array[]) => [...leaves, leaves[0]!], 'LOG_GAP'],
    ])('refuses a log with a leaf %s', async (_, change, code) => {
      const bundle = encodeEntryBundle(change([...hub.feed.log.leaves]));
      await refused(
        code,
        answering(isBundle, () => bundle),
      );
    });

    it('refuses a log whose leaves are withheld', async () => {
      await refused('LOG_GAP', (path, response) => {
        if (isBundle(path)) send(response, null);
        return isBundle(path);
      });
    });

    it('refuses leaves that do not end', async () => {
      await refused('OVERSIZE', endless(isBundle));
    });
  });

  describe('when a round is not one', () => {
    it.each([
      ['{"cairn":"feed/1","kind":"reset"}', 'ROUND_UNSUPPORTED'],
      ['{"cairn":"feed/2","kind":"round"}', 'ROUND_UNSUPPORTED'],
      ['{"cairn":"feed/1","kind":"idle"}', 'ROUND_INVALID'],
      ['not JSON', 'ROUND_INVALID'],
      ['{"cairn":"feed/1","cairn":"feed/1","kind":"idle"}', 'ROUND_INVALID'],
    ])('refuses %s', async (leaf, code) => {
      hub.feed.appendText(leaf);
      await refused(code);
    });

    it('refuses a round of another channel in this log', async () => {
      hub.feed.publish([{ shape: SHA256, changes: [add(SHA256, 99)] }], { feed: 'tvec' });
      await refused('ROUND_OF_ANOTHER_FEED');
    });

    it('refuses counts that do not follow from those before', async () => {
      hub.feed.publish([{ shape: SHA256, changes: [add(SHA256, 99)] }], {
        tamper: ([type]) => {
          type!.count++;
          type!.packs[0]!.count++;
        },
      });
      await refused('ROUND_INCONSISTENT');
    });
  });

  describe('when a pack is not the one announced', () => {
    const served =
      (change: (bytes: Uint8Array) => Uint8Array): Intercept =>
      async (path, response) => {
        if (!isPack(path)) return false;
        send(response, change(Uint8Array.from(hub.feed.packs.get(path.split('/').at(-1)!)!)));
        return true;
      };

    it('refuses one byte changed', async () => {
      const flip = (bytes: Uint8Array) => bytes.fill(bytes[100]! ^ 1, 100, 101);
      const error = await refused('PACK_DIGEST', served(flip));
      expect(error.subject).toBe('feed csam, round 2, sha256 pack 1 of 3');
    });

    it('refuses one cut short', async () => {
      await refused(
        'PACK_LENGTH',
        served((bytes) => bytes.subarray(0, -1)),
      );
    });

    it('refuses one with more behind it', async () => {
      await refused(
        'PACK_LENGTH',
        served((bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
      );
    });

    it('refuses another pack of the same feed and length', async () => {
      const [first, second] = [...hub.feed.packs.values()].slice(1);
      expect(first!.length).toBe(second!.length);
      await refused(
        'PACK_DIGEST',
        served(() => second!),
      );
    });

    it('refuses when it is withheld', async () => {
      await refused('PACK_MISSING', (path, response) => {
        if (isPack(path)) send(response, null);
        return isPack(path);
      });
    });

    it('refuses one that does not end', async () => {
      await refused('PACK_LENGTH', endless(isPack));
    });
  });

  describe('when the log announces a bad pack', () => {
    /** Publishes a round whose one pack is what `change` makes of an honest one, announced as it is. */
    const announce = (change: (bytes: Uint8Array) => Uint8Array, tamper?: (type: RoundTypeChange) => void) =>
      hub.feed.publish([{ shape: SHA256, changes: [add(SHA256, 90), add(SHA256, 91)] }], {
        tamper: ([type]) => {
          const pack = type!.packs[0]!;
          const bytes = change(Uint8Array.from(hub.feed.packs.get(pack.digest)!));
          pack.digest = packDigest(bytes);
          pack.bytes = bytes.length;
          hub.feed.packs.set(pack.digest, bytes);
          tamper?.(type!);
        },
      });

    it('refuses one that is not canonical', async () => {
      announce((bytes) => {
        // The two keys change places.
        const at = bytes.length - 64 - 2;
        const first = bytes.slice(at, at + 32);
        bytes.copyWithin(at, at + 32, at + 64);
        bytes.set(first, at + 32);
        return bytes;
      });
      const error = await refused('PACK_INVALID');
      expect(error.message).toContain('unsorted');
    });

    it('refuses a root in the round that is not that of the pack', async () => {
      announce(
        (bytes) => bytes,
        (type) => {
          type.root = '0'.repeat(64);
          type.packs[0]!.root = type.root;
        },
      );
      await refused('PACK_INVALID');
    });

    it('refuses a set root that is a lie, and names the pack', async () => {
      const lie = new Uint8Array(32).fill(5);
      publishChain([
        { changes: [add(SHA256, 90)] },
        { changes: [add(SHA256, 91)], to: lie },
        { changes: [add(SHA256, 92)], from: lie, to: new Uint8Array(32).fill(6) },
      ]);
      const error = await refused('SET_ROOT');
      expect(error.subject).toBe('feed csam, round 4, sha256 pack 2 of 3');
    });

    it.each([
      ['adds what is there', [add(SHA256, 3)]],
      ['updates what is not there', [update(SHA256, 300)]],
      ['removes what is not there', [remove(SHA256, 300)]],
    ])('refuses one that %s, and names it', async (_, changes) => {
      const to = new Uint8Array(32).fill(5);
      publishChain([{ changes: [add(SHA256, 90)] }, { changes, to }]);
      const error = await refused('PACK_CONTRADICTION');
      expect(error.subject).toBe('feed csam, round 4, sha256 pack 2 of 2');
    });

    it('refuses one that begins at another root', async () => {
      const from = new Uint8Array(32).fill(5);
      publishChain([{ changes: [add(SHA256, 90)], from }]);
      await refused('PACK_CONTRADICTION');
    });

    it('refuses keys of another length than the type has', async () => {
      hub.feed.sets.delete('sha256');
      hub.feed.publish([{ shape: { ...MD5, type: 'pdq' }, changes: adds(MD5, 0, 3) }]);
      await refused('PACK_INVALID');
    });

    /** Publishes a round of packs that follow one another, with roots that may be lies. */
    function publishChain(
      steps: readonly { changes: Parameters<typeof sortChanges>[0]; from?: Uint8Array; to?: Uint8Array }[],
    ): void {
      let set: RecordSet = hub.feed.set(SHA256);
      hub.feed.publish([{ shape: SHA256, changes: [add(SHA256, 500)] }], {
        tamper: ([type]) => {
          let count = set.count;
          type!.packs = steps.map(({ changes, from, to }) => {
            const sorted = sortChanges(changes);
            const before = from ?? set.root;
            set = to === undefined ? set.apply(sorted) : set;
            const bytes = encodePack({ ...SHA256, from: before, to: to ?? set.root, changes: sorted });
            const amount = (op: string) => sorted.filter((change) => change.op === op).length;
            count += amount('add') - amount('remove');
            hub.feed.packs.set(packDigest(bytes), bytes);
            return {
              digest: packDigest(bytes),
              bytes: bytes.length,
              ...{ added: amount('add'), updated: amount('update'), removed: amount('remove') },
              count,
              root: toHex(to ?? set.root),
            };
          });
          const last = type!.packs.at(-1)!;
          type!.count = last.count;
          type!.root = last.root;
        },
      });
    }
  });
});
