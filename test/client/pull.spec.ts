import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HashStore, type CairnClient } from '#libs/client';
import { toHex } from '#libs/protocol';
import { add, adds, MD5, PDQ, remove, SHA256, update, valueOf } from './support/signals.js';
import { TestHub } from './support/test-hub.js';

let hub: TestHub;
let cairn: CairnClient;

beforeEach(async () => {
  hub = await TestHub.start();
  cairn = await hub.member();
});
afterEach(() => hub.stop());

const pull = (types?: string[] | 'all') => cairn.pull({ feed: 'csam', store: hub.store, types });

/** Everything in the store, one text per record. */
async function contents(): Promise<string[]> {
  const store = await HashStore.open(hub.store);
  const records = [...store.records()].map(({ type, value, supporters }) => `${type} ${value} ${supporters}`);
  store.close();
  return records;
}

describe('pull', () => {
  describe('when the store is new', () => {
    it('holds what the feed publishes', async () => {
      hub.feed.idle();
      hub.feed.publish([
        { shape: SHA256, changes: adds(SHA256, 0, 100) },
        { shape: MD5, changes: adds(MD5, 0, 30) },
      ]);
      const result = await pull();
      expect(result).toMatchObject({ changed: true, from: 0, to: 2, skipped: [] });
      expect(result.types.map(({ type, records }) => [type, records])).toEqual([
        ['md5', 30],
        ['sha256', 100],
      ]);
      const store = await HashStore.open(hub.store);
      expect(store.feeds[0]?.types.find(({ type }) => type === 'sha256')?.root).toBe(
        toHex(hub.feed.set(SHA256).root),
      );
      expect(() => store.verify()).not.toThrow();
      store.close();
      expect(await contents()).toHaveLength(130);
    });

    it('follows adds, updates and removals over many rounds and parts', async () => {
      const limits = { changes: 7, bytes: 1024 * 1024 };
      hub.feed.publish([{ shape: PDQ, changes: adds(PDQ, 0, 50) }], { limits });
      hub.feed.publish([
        { shape: PDQ, changes: [...adds(PDQ, 50, 60), remove(PDQ, 3), update(PDQ, 4, { supporters: 2 })] },
      ]);
      hub.feed.publish([{ shape: PDQ, changes: [add(PDQ, 3, { supporters: 3 }), remove(PDQ, 59)] }], {
        limits,
      });
      await pull();
      const records = await contents();
      expect(records).toHaveLength(59);
      expect(records).toContain(`pdq ${valueOf(PDQ, 3)} 3`);
      expect(records).toContain(`pdq ${valueOf(PDQ, 4)} 2`);
      expect(records).toEqual([...records].sort());
    });
  });

  describe('when there is nothing new', () => {
    it('asks once, for the checkpoint', async () => {
      hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 5) }]);
      hub.announce();
      await pull();
      hub.requests.length = 0;
      cairn = await hub.client();
      expect(await pull()).toMatchObject({ changed: false, from: 1, to: 1 });
      expect(hub.requests).toEqual(['/feed/csam/checkpoint']);
    });
  });

  describe('when the feed has grown', () => {
    it('fetches the new packs only', async () => {
      hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 50) }]);
      await pull();
      hub.feed.publish([{ shape: SHA256, changes: [add(SHA256, 50), remove(SHA256, 0)] }]);
      hub.requests.length = 0;
      const result = await pull();
      expect(result.types).toMatchObject([{ type: 'sha256', records: 50, added: 1, removed: 1, packs: 1 }]);
      expect(hub.requests.filter((path) => path.includes('/pack/'))).toHaveLength(1);
      expect(await contents()).not.toContain(`sha256 ${valueOf(SHA256, 0)} 1`);
    });

    it('goes on over bundles and partial bundles', async () => {
      for (let n = 0; n < 255; n++) hub.feed.idle();
      hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 5) }]);
      await pull();
      for (let n = 0; n < 300; n++) hub.feed.idle();
      hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 5, 9) }]);
      expect(await pull()).toMatchObject({ from: 256, to: 557 });
      expect(await contents()).toHaveLength(9);
    });
  });

  describe('when only some types are asked for', () => {
    beforeEach(() =>
      hub.feed.publish([
        { shape: SHA256, changes: adds(SHA256, 0, 10) },
        { shape: MD5, changes: adds(MD5, 0, 10) },
      ]),
    );

    it('skips the others, and says so', async () => {
      expect(await pull(['md5'])).toMatchObject({ types: [{ type: 'md5' }], skipped: ['sha256'] });
      expect(await contents()).toHaveLength(10);
    });

    it('keeps the choice, until another is made', async () => {
      await pull(['md5']);
      hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 10, 20) }]);
      await pull();
      expect(await contents()).toHaveLength(10);
      await pull('all');
      expect(await contents()).toHaveLength(30);
    });

    it('drops a type that is no longer asked for', async () => {
      await pull();
      expect(await pull(['md5'])).toMatchObject({ changed: true });
      expect(await contents()).toHaveLength(10);
    });

    it('refuses a type that does not exist', async () => {
      await expect(pull(['sha265'])).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    });
  });

  describe('when rounds are rolled up', () => {
    const packs = () => hub.requests.filter((path) => path.includes('/pack/')).length;
    beforeEach(() => {
      for (let n = 0; n < 16; n++)
        hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 10 * n, 10 * n + 10) }]);
      hub.feed.rollUp({ from: 0, to: 16 });
    });

    it('fetches the rollup in place of its rounds, and what comes after it', async () => {
      hub.feed.publish([{ shape: SHA256, changes: [remove(SHA256, 0)] }]);
      expect(await pull()).toMatchObject({
        to: 18,
        types: [{ type: 'sha256', records: 159, added: 160, removed: 1, packs: 2 }],
      });
      expect(packs()).toBe(2);
      expect(await contents()).toHaveLength(159);
    });

    it('fetches the rounds when the rollup begins before where the store stands', async () => {
      const feed = hub.feeds.get('tvec')!;
      const pullOther = () => cairn.pull({ feed: 'tvec', store: hub.store });
      for (let n = 0; n < 4; n++) feed.publish([{ shape: MD5, changes: [add(MD5, n)] }]);
      await pullOther();
      for (let n = 4; n < 8; n++) feed.publish([{ shape: MD5, changes: [add(MD5, n)] }]);
      feed.rollUp({ from: 0, to: 8 });
      feed.rollUp({ from: 5, to: 8 });
      expect(await pullOther()).toMatchObject({ types: [{ records: 8, added: 4, packs: 2 }] });
    });

    it('passes a rollup over when its rounds are applied', async () => {
      await pull();
      hub.feed.rollUp({ from: 0, to: 16 });
      hub.feed.rollUp({ from: 2, to: 9 });
      expect(await pull()).toMatchObject({ from: 17, to: 19, changed: true, types: [] });
    });

    it('holds no type that was not asked for to its rollups', async () => {
      hub.feed.rollUp({ from: 0, to: 16 }, { leaf: (leaf) => (leaf.changes[0]!.type = 'md5') });
      expect(await pull(['pdq'])).toMatchObject({ types: [], skipped: ['md5', 'sha256'] });
    });
  });

  describe('when a ticket does not hold any more', () => {
    it('gets another', async () => {
      hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 5) }]);
      await pull();
      hub.expireTickets();
      hub.expireTokens();
      hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 5, 6) }]);
      expect(await pull()).toMatchObject({ changed: true });
    });
  });

  describe('when the ticket runs out in the middle of a pull', () => {
    it('gets one other for all packs on their way', async () => {
      const limits = { changes: 5, bytes: 1 << 20 };
      hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 100) }], { limits });
      let packs = 0;
      hub.intercept = (path) => {
        if (path.includes('/pack/') && ++packs === 3) hub.expireTickets();
        return false;
      };
      await pull();
      expect(hub.requests.filter((path) => path === '/graphql')).toHaveLength(2);
      expect(await contents()).toHaveLength(100);
    });
  });

  describe('when another channel is in the same store', () => {
    it('keeps them apart', async () => {
      hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 5) }]);
      hub.feeds.get('tvec')!.publish([{ shape: SHA256, changes: adds(SHA256, 3, 9) }]);
      await pull();
      await cairn.pull({ feed: 'tvec', store: hub.store });
      const store = await HashStore.open(hub.store);
      const matches = store.lookup(valueOf(SHA256, 4).toUpperCase());
      expect(matches?.map(({ feed }) => feed)).toEqual(['csam', 'tvec']);
      store.close();
    });
  });
});
