import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { checkAnchorEvidence, checkForkEvidence, type CairnClient } from '#libs/client';
import { toHex } from '#libs/protocol';
import { pullFrom, snapshot } from './support/attacks.js';
import { runCairn } from './support/cli.js';
import { add, adds, SHA256, valueOf } from './support/signals.js';
import { TestHub } from './support/test-hub.js';
import { TestLog } from './support/test-log.js';

const MINUTE = 60_000;

let hub: TestHub;
let cairn: CairnClient;

beforeEach(async () => {
  hub = await TestHub.start();
  cairn = await hub.member();
  hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 20) }]);
  hub.feed.idle();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await hub.stop();
});

const pull = () => cairn.pull({ feed: 'csam', store: hub.store });
const publishMore = (from: number) =>
  hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, from, from + 5) }]);

/** Lets the member's clock go on. */
function wait(ms: number): void {
  const now = Date.now() + ms;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
}

/** The feed's routes go on to serve what they serve now, whatever is published. */
function freezeFeed(): void {
  const { log } = hub.feed;
  const frozen = new TestLog(log.origin);
  frozen.rewrite([...log.leaves]);
  hub.intercept = async (path, response) => {
    if (!path.startsWith('/feed/csam/') || path.includes('/pack/')) return false;
    const file = await frozen.file(path.slice('/feed/csam/'.length));
    response.writeHead(file === null ? 404 : 200).end(file ?? '');
    return true;
  };
}

async function kept(): Promise<{ name: string; file: Buffer }[]> {
  const path = join(hub.store, 'csam', 'evidence');
  const names = (await readdir(path)).filter((name) => name.endsWith('.json'));
  return Promise.all(names.map(async (name) => ({ name, file: await readFile(join(path, name)) })));
}

/** A pull fails with the code and 7, the store stays as it was, and looking up goes on, with a warning. */
async function expectAlarm(code: string): Promise<void> {
  const before = await snapshot(hub);
  await expect(pullFrom(hub)).rejects.toMatchObject({ code, kind: 'alarm' });
  expect(await snapshot(hub)).toBe(before);
  const run = await runCairn(hub, ['pull', '--feed', 'csam', '--store', hub.store]);
  expect(run).toMatchObject({ code: 7 });
  const lookup = await runCairn(hub, ['lookup', '--store', hub.store, valueOf(SHA256, 3)]);
  expect(lookup).toMatchObject({ code: 0, out: expect.stringContaining('csam/sha256') });
  expect(lookup.err).toContain('WARNING');
  const exported = await runCairn(hub, ['export', '--store', hub.store]);
  expect(exported).toMatchObject({ code: 0, err: expect.stringContaining('WARNING') });
}

describe('a head of a feed and the provenance log', () => {
  describe('when the log publishes it', () => {
    it('is anchored, and costs one request from then on, for an hour', async () => {
      expect(await pull()).toMatchObject({ isAnchored: false, anchored: null });
      hub.announce();
      expect(await pull()).toMatchObject({
        changed: false,
        isAnchored: true,
        anchored: { size: 2, index: 1 },
      });
      hub.requests.length = 0;
      expect(await pullFrom(hub)).toMatchObject({ changed: false, isAnchored: true });
      expect(hub.requests).toEqual(['/feed/csam/checkpoint']);
      wait(61 * MINUTE);
      hub.requests.length = 0;
      await pull();
      expect(hub.requests).toContain('/log/checkpoint');
    });

    it('stays anchored by the first statement that published it', async () => {
      hub.announce();
      await pull();
      hub.tick(MINUTE);
      hub.announce();
      wait(61 * MINUTE);
      expect(await pull()).toMatchObject({ isAnchored: true, anchored: { size: 2, index: 1 } });
      hub.requests.length = 0;
      publishMore(20);
      hub.announce();
      expect(await pull()).toMatchObject({ isAnchored: true, anchored: { size: 3, index: 4 } });
    });

    it('is anchored by a later head of the same history, also one that is not served yet', async () => {
      publishMore(20);
      hub.announce();
      const earlier = await hub.feed.log.checkpoint({ size: 2 });
      hub.intercept = (path, response) => {
        if (path === '/feed/csam/checkpoint') response.end(earlier);
        return path === '/feed/csam/checkpoint';
      };
      expect(await pull()).toMatchObject({ to: 2, isAnchored: true, anchored: { size: 3 } });
      hub.intercept = null;
      expect(await pull()).toMatchObject({ to: 3, isAnchored: true });
    });

    it('reads only the end of a long log when the store is new, and what is new after that', async () => {
      for (let n = 0; n < 3000; n++) hub.tick(n);
      hub.announce();
      hub.requests.length = 0;
      expect(await pull()).toMatchObject({ isAnchored: true, anchored: { index: 3001 } });
      const bundles = () => hub.requests.filter((path) => path.startsWith('/log/tile/entries/'));
      expect(bundles()).toHaveLength(1);
      publishMore(20);
      hub.announce();
      hub.requests.length = 0;
      expect(await pull()).toMatchObject({ isAnchored: true });
      expect(bundles()).toHaveLength(1);
    });

    it('begins at the end of the log again when a store was away for more leaves than it would read', async () => {
      hub.announce();
      await pull();
      for (let n = 0; n < 66_000; n++) hub.tick(n);
      publishMore(20);
      hub.announce();
      hub.requests.length = 0;
      expect(await pull()).toMatchObject({ to: 3, isAnchored: true, anchored: { size: 3, index: 66_002 } });
      const bundles = hub.requests.filter((path) => path.startsWith('/log/tile/entries/'));
      expect(bundles.length).toBeLessThan(4);
    });
  });

  describe('when the log does not publish it in time', () => {
    beforeEach(() => pull());

    it('is an alarm by the log’s own time, whatever the member’s clock says', async () => {
      hub.tick(4 * MINUTE);
      await expect(pull()).resolves.toMatchObject({ isAnchored: false });
      hub.tick(6 * MINUTE);
      await expectAlarm('FEED_UNANCHORED');
      const [{ name, file }] = (await kept()) as [{ name: string; file: Buffer }];
      expect(name).toMatch(/^unanchored-/);
      expect(await checkAnchorEvidence(await hub.pinned(), file, name)).toMatchObject({
        ...{ kind: 'unanchored', feed: 'csam', size: 2, pastByLog: true },
      });
      expect(await kept()).toHaveLength(1);
    });

    it('is an alarm by the member’s clock, although the log stands still', async () => {
      wait(4 * MINUTE);
      await expect(pull()).resolves.toMatchObject({ isAnchored: false });
      wait(2 * MINUTE);
      await expectAlarm('FEED_UNANCHORED');
      const [{ name, file }] = (await kept()) as [{ name: string; file: Buffer }];
      expect(await checkAnchorEvidence(await hub.pinned(), file, name)).toMatchObject({ pastByLog: false });
    });

    it('takes nothing further over, and goes on by itself when a later statement covers it', async () => {
      wait(6 * MINUTE);
      publishMore(20);
      await expectAlarm('FEED_UNANCHORED');
      hub.announce();
      expect(await pull()).toMatchObject({ changed: true, to: 3, isAnchored: true });
      const lookup = await runCairn(hub, ['lookup', '--store', hub.store, valueOf(SHA256, 22)]);
      expect(lookup).toMatchObject({ code: 0, err: '' });
    });

    it('is not taken over when the log was past it at first sight', async () => {
      hub.announce();
      await pull();
      publishMore(20);
      hub.tick(6 * MINUTE);
      await expectAlarm('FEED_UNANCHORED');
    });

    it('is an alarm, too, when the hub does not serve what evidence is made of', async () => {
      hub.tick(6 * MINUTE);
      const size = hub.log.leaves.length;
      let bundles = 0;
      hub.intercept = (path, response) => {
        // The second time the last leaf is asked for, it is for evidence.
        const refused = path === `/log/tile/entries/000.p/${size}` && ++bundles > 1;
        if (refused) response.writeHead(404).end();
        return refused;
      };
      await expect(pull()).rejects.toMatchObject({
        ...{ code: 'FEED_UNANCHORED', message: expect.stringContaining('did not serve') },
      });
    });

    it('waits for no head that a statement covers, whatever else waits', async () => {
      hub.announce();
      publishMore(20);
      await expect(pull()).resolves.toMatchObject({ isAnchored: false, anchored: { size: 2 } });
      hub.tick(6 * MINUTE);
      await expectAlarm('FEED_UNANCHORED');
      hub.announce({}, 1_700_000_000_000 + 6 * MINUTE);
      await expect(pull()).resolves.toMatchObject({ isAnchored: true, anchored: { size: 3 } });
    });

    it('is no alarm for a member that was away meanwhile', async () => {
      hub.announce();
      wait(48 * 60 * MINUTE);
      await expect(pull()).resolves.toMatchObject({ isAnchored: true });
    });
  });

  describe('when the log cannot be read', () => {
    it('takes nothing over, and says that it is the network', async () => {
      hub.intercept = (path, response) => {
        if (path.startsWith('/log/')) response.writeHead(503).end();
        return path.startsWith('/log/');
      };
      await expect(pull()).rejects.toMatchObject({ kind: 'network' });
      hub.intercept = null;
      await expect(pull()).resolves.toMatchObject({ changed: true });
    });

    it('refuses leaves that do not lead to its root', async () => {
      hub.announce({ csam: { size: 2, root: '0'.repeat(64) } });
      const honest = hub.log.leaves.at(-1)!;
      hub.intercept = async (path, response) => {
        if (!path.startsWith('/log/tile/entries/')) return false;
        const bundle = Buffer.from((await hub.log.file(path.slice('/log/'.length)))!);
        const at = bundle.length - honest.length + Buffer.from(honest).indexOf('0'.repeat(64));
        bundle.write(toHex(hub.feed.log.root()), at);
        response.end(bundle);
        return true;
      };
      await expect(pull()).rejects.toMatchObject({ code: 'LOG_MISMATCH' });
    });
  });

  describe('when the log publishes another history of it', () => {
    it.each([
      ['another root at the same size', 2, 2],
      ['another root at an earlier size', 1, 2],
    ])('is a fork: %s', async (_, size, second) => {
      hub.announce();
      await pull();
      hub.announce({ csam: { size, root: 'ab'.repeat(32) } });
      wait(61 * MINUTE);
      await expectAlarm('FEED_FORK');
      const [{ name, file }] = (await kept()) as [{ name: string; file: Buffer }];
      expect(name).toMatch(/^fork-/);
      expect(await checkForkEvidence(await hub.pinned(), file, name)).toMatchObject({
        ...{ kind: 'fork', first: { size }, second: { size: second } },
      });
      await expectAlarm('LOG_STOPPED');
    });

    it('is a fork: a longer one whose tiles the feed serves', async () => {
      hub.announce();
      await pull();
      const honest = await hub.feed.log.checkpoint();
      const [first] = hub.feed.log.leaves;
      hub.feed.log.rewrite([first!, Buffer.from('{}'), Buffer.from('{}')]);
      hub.announce();
      hub.intercept = (path, response) => {
        if (path === '/feed/csam/checkpoint') response.end(honest);
        return path === '/feed/csam/checkpoint';
      };
      wait(61 * MINUTE);
      await expectAlarm('FEED_FORK');
      const [{ name, file }] = (await kept()) as [{ name: string; file: Buffer }];
      expect(await checkForkEvidence(await hub.pinned(), file, name)).toMatchObject({
        ...{
          kind: 'fork',
          first: { size: 2, published: null },
          second: { size: 3, published: { index: 2 } },
        },
      });
    });

    it('takes a new head not over that the log contradicts', async () => {
      hub.announce();
      await pull();
      hub.feed.publish([{ shape: SHA256, changes: [add(SHA256, 30)] }]);
      hub.announce({ csam: { size: 3, root: 'cd'.repeat(32) } });
      await expectAlarm('FEED_FORK');
    });
  });

  describe('when the feed is kept back', () => {
    it('is an alarm by the log’s own time, but not at first sight', async () => {
      freezeFeed();
      publishMore(20);
      hub.announce();
      hub.tick(4 * MINUTE);
      // What is published is not proved to be of the history that is served: it covers nothing.
      await expect(pull()).resolves.toMatchObject({ isAnchored: false, anchored: null });
      hub.intercept = null;
      await expect(pull()).resolves.toMatchObject({ isAnchored: true });
      freezeFeed();
      publishMore(30);
      hub.announce({}, 1_700_000_000_000 + 4 * MINUTE);
      hub.tick(10 * MINUTE);
      wait(61 * MINUTE);
      await expect(pull()).resolves.toMatchObject({ changed: false });
      await expectAlarm('FEED_KEPT_BACK');
    });

    it('is an alarm once the log has published more for five minutes, and ends when it is served', async () => {
      hub.announce();
      await pull();
      freezeFeed();
      publishMore(20);
      hub.announce();
      wait(61 * MINUTE);
      // The statement may be younger than the checkpoint that was just fetched.
      await expect(pull()).resolves.toMatchObject({ changed: false });
      wait(6 * MINUTE);
      await expectAlarm('FEED_KEPT_BACK');
      const [{ name, file }] = (await kept()) as [{ name: string; file: Buffer }];
      expect(name).toMatch(/^kept-back-/);
      expect(await checkAnchorEvidence(await hub.pinned(), file, name)).toMatchObject({
        ...{ kind: 'kept-back', size: 2, published: { size: 3, index: 2 } },
      });
      hub.intercept = null;
      expect(await pull()).toMatchObject({ changed: true, to: 3, isAnchored: true });
    });
  });
});
