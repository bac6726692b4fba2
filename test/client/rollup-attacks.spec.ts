import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Change, RollupLeaf, RoundTypeChange, SnapshotLeaf } from '#libs/protocol';
import { expectRefused, hubWithStore } from './support/attacks.js';
import { idleOf } from './support/idle-leaf.js';
import type { RollupLies } from './support/fold-rounds.js';
import { add, SHA256 } from './support/signals.js';
import type { TestHub } from './support/test-hub.js';
import type { SnapshotLies } from './support/whole-set.js';

let hub: TestHub;

beforeEach(async () => {
  hub = await hubWithStore();
});
afterEach(() => hub.stop());

const refused = (code: string) => expectRefused(hub, code);
const isPack = (path: string) => path.includes('/pack/');
const byKey = (a: Change, b: Change): number => Buffer.compare(a.key, b.key);
function reroot(type: RoundTypeChange): void {
  type.root = 'ab'.repeat(32);
  type.packs[0]!.root = type.root;
}
function recount(type: RoundTypeChange): void {
  type.count++;
  type.packs[0]!.count++;
  type.packs[0]!.added++;
}

describe('pull under attack', () => {
  describe('when a rollup is not the fold of its rounds', () => {
    const rollUp = (lies: RollupLies, from = 2) => hub.feed.rollUp({ from, to: 4 }, lies);
    const leaf = (change: (leaf: RollupLeaf) => void): RollupLies => ({ leaf: change });

    it.each<[string, RollupLies]>([
      ['ends with another root', leaf(({ changes: [type] }) => reroot(type!))],
      ['ends with another number of records', leaf(({ changes: [type] }) => recount(type!))],
      ['begins with another number of records', leaf(({ changes: [type] }) => type!.packs[0]!.added++)],
      ['begins one leaf later', leaf((rollup) => (rollup.from = 3))],
      ['is of another type', leaf(({ changes: [type] }) => (type!.type = 'md5'))],
    ])('refuses one that %s, before anything is fetched', async (_, lies) => {
      rollUp(lies);
      hub.requests.length = 0;
      const error = await refused('ROLLUP_INCONSISTENT');
      expect(error.subject).toContain('feed csam, rollup 4, ');
      expect(hub.requests.filter(isPack)).toEqual([]);
    });

    it('refuses one of leaves that are still to come', async () => {
      rollUp(leaf((rollup) => (rollup.to = 5)));
      await refused('ROUND_INVALID');
    });

    it('holds one that begins before the store does to where it ends', async () => {
      rollUp(
        leaf(({ changes: [type] }) => reroot(type!)),
        0,
      );
      await refused('ROLLUP_INCONSISTENT');
    });

    it('refuses one whose pack does not lead to the root, and does not go back to the rounds', async () => {
      rollUp({ changes: (changes) => [...changes.slice(0, -1), add(SHA256, 99)].sort(byKey) });
      const error = await refused('SET_ROOT');
      expect(error.subject).toBe('feed csam, rollup 4, sha256 pack 1 of 1');
    });

    it('refuses one whose pack is withheld, though those of its rounds are there', async () => {
      hub.feed.rollUp({ from: 2, to: 4 });
      hub.feed.packs.delete([...hub.feed.packs.keys()].at(-1)!);
      await refused('PACK_MISSING');
    });
  });

  describe('when a snapshot or a horizon does not fit the rounds', () => {
    it.each<[string, SnapshotLies]>([
      ['lacks a record', { changes: (all) => all.slice(1) }],
      ['has another root', { change: reroot }],
    ])('refuses a snapshot that %s, before anything is fetched', async (_, lies) => {
      hub.feed.snapshot(SHA256, true, lies);
      hub.requests.length = 0;
      const error = await refused('SNAPSHOT_INCONSISTENT');
      expect(error.subject).toBe('feed csam, snapshot 4, sha256');
      expect(hub.requests.filter(isPack)).toEqual([]);
    });

    it('refuses a horizon at no snapshot', async () => {
      hub.feed.snapshot(SHA256, true);
      const texts = hub.feed.log.leaves.map((leaf) => Buffer.from(leaf).toString());
      const moved = texts.at(-1)!.replace('"size":4}]', '"size":3}]');
      hub.feed.log.rewrite([...texts.slice(0, -1), moved].map((text) => Buffer.from(text)));
      expect((await refused('SNAPSHOT_INCONSISTENT')).subject).toBe('feed csam, horizon 5, sha256');
    });

    it('refuses a horizon that does not follow its snapshot at once', async () => {
      hub.feed.snapshot(SHA256, true);
      const leaves = [...hub.feed.log.leaves];
      const [horizon] = leaves.splice(-1);
      hub.feed.log.rewrite([...leaves, idleOf(horizon!), horizon!]);
      expect((await refused('SNAPSHOT_INCONSISTENT')).subject).toBe('feed csam, horizon 6, sha256');
    });

    it('refuses a rollup that brings back what is below the horizon', async () => {
      hub.feed.snapshot(SHA256, true);
      const { changes } = JSON.parse(Buffer.from(hub.feed.log.leaves[4]!).toString()) as SnapshotLeaf;
      hub.feed.rollUp({ from: 2, to: 4 }, { leaf: (leaf) => (leaf.changes = changes) });
      await refused('ROLLUP_INCONSISTENT');
    });
  });
});
