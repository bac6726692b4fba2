import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inputFile, jsonLines, runCairn, type CliRun } from './support/cli.js';
import { adds, SHA256, valueOf } from './support/signals.js';
import { TestHub } from './support/test-hub.js';

let hub: TestHub;
/** Another hub under the same name and the same keys: what a hub is that shows two members two histories. */
let other: TestHub;

beforeEach(async () => {
  [hub, other] = [await TestHub.start(), await TestHub.start()];
  for (const each of [hub, other]) {
    await each.member();
    each.feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 5) }]);
    each.announce();
  }
});
afterEach(async () => {
  await hub.stop();
  await other.stop();
});

const cairn = (of: TestHub, ...args: string[]): Promise<CliRun> => runCairn(of, args);
const pull = (of: TestHub) => cairn(of, 'pull', '--feed', 'csam', '--store', of.store);
const heads = (of: TestHub, ...args: string[]) => cairn(of, 'audit', 'heads', '--store', of.store, ...args);
const evidence = (of: TestHub, ...args: string[]) =>
  cairn(of, 'audit', 'evidence', ...args, '--store', of.store);

/** The heads of a member of `from`, given to one of `to`. */
async function compare(from: TestHub, to: TestHub, change = (text: string) => text): Promise<CliRun> {
  const { out } = await heads(from, '--json');
  return heads(to, '--compare', await inputFile(to, 'theirs.json', change(out)), '--json');
}

const relations = (run: CliRun): unknown =>
  (jsonLines(run)[0]!['compared'] as { relation: string }[]).map(({ relation }) => relation);

describe('cairn audit heads', () => {
  it('shows each head, since when, and where it is published', async () => {
    expect((await cairn(hub, 'audit', 'heads')).out).toContain('no head was verified yet');
    await pull(hub);
    const shown = await heads(hub);
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('localhost:8420/log: 2 leaves') });
    expect(shown.out).toContain('published in the provenance log at 1 with 1 rounds');
    hub.feed.idle();
    await pull(hub);
    expect((await heads(hub)).out).toContain('waits to be published: 2 rounds');
    expect(jsonLines(await heads(hub, '--json'))).toMatchObject([
      {
        ...{ cairn: 'heads/1', origin: hub.origin },
        heads: [
          { log: `${hub.origin}/log`, size: 2 },
          { log: `${hub.origin}/feed/csam`, size: 2, anchored: { size: 1 }, pending: [{ size: 2 }] },
        ],
      },
    ]);
  });

  describe('when two members compare heads of one history', () => {
    it('says so, at the same size and by a consistency proof, whoever is further', async () => {
      await pull(hub);
      const early = (await heads(hub, '--json')).out;
      expect(relations(await compare(hub, hub))).toEqual(['same', 'same']);
      hub.feed.idle();
      hub.announce();
      const theirs = await inputFile(hub, 'early.json', early);
      await pull(hub);
      const behind = await heads(hub, '--compare', theirs, '--json');
      expect(behind.code).toBe(0);
      expect(relations(behind)).toEqual(['one-history', 'one-history']);
      expect((await evidence(hub)).out).toBe('nothing is kept\n');
    });

    it('does not take for proved what is newer than the hub shows', async () => {
      await pull(hub);
      for (let n = 0; n < 3; n++) hub.tick(n);
      await pull(hub);
      const newer = await hub.log.checkpoint();
      hub.log.rewrite(hub.log.leaves.slice(0, 2));
      const file = JSON.stringify({
        ...{ cairn: 'heads/1', origin: hub.origin, heads: [{ log: `${hub.origin}/log`, note: newer }] },
      });
      const run = await heads(hub, '--compare', await inputFile(hub, 'newer.json', file), '--json');
      expect(run.code).toBe(4);
      expect(relations(run)).toEqual(['newer']);
    });
  });

  describe('when a hub shows two members two histories', () => {
    it('is found at the same size, without asking the hub, by either of them', async () => {
      await pull(hub);
      await pull(other);
      hub.intercept = (_path, response) => {
        response.writeHead(503).end();
        return true;
      };
      const run = await compare(other, hub);
      expect(run.code).toBe(7);
      expect(relations(run)).toEqual(['fork', 'fork']);
      hub.intercept = null;
      expect((await compare(hub, other)).code).toBe(7);
    });

    it.each([
      ['who is further', true],
      ['who is behind', false],
    ])('is found at other sizes by %s, proved, and stops all', async (_, isFurther) => {
      const [further, behind] = [hub, other];
      further.feed.publish([{ shape: SHA256, changes: adds(SHA256, 5, 9) }]);
      further.announce();
      await pull(further);
      await pull(behind);
      // The hub goes on for the one who is behind, too.
      for (let n = 0; n < 4; n++) behind.feed.idle();
      for (let n = 0; n < 4; n++) behind.announce();
      const [from, to] = isFurther ? [behind, further] : [further, behind];
      const run = await compare(from, to);
      expect(run.code).toBe(7);
      expect(relations(run)).toEqual(['fork', 'fork']);
      expect(await pull(to)).toMatchObject({ code: 7, err: expect.stringContaining('LOG_STOPPED') });
      const lookup = await cairn(to, 'lookup', '--store', to.store, valueOf(SHA256, 3));
      expect(lookup).toMatchObject({ code: 0, err: expect.stringContaining('WARNING') });
      const kept = jsonLines(await evidence(to, '--json'))[0]!['evidence'] as {
        name: string;
        path: string;
      }[];
      expect(kept).toHaveLength(2);
      for (const { path } of kept) {
        // Whoever has the policy can check it, also the other member.
        const checked = await cairn(from, 'audit', 'evidence', 'check', path);
        expect(checked).toMatchObject({ code: 0, out: expect.stringContaining('A FORK') });
      }
    });
  });

  it('refuses heads that nobody signed, of another hub, or that are none', async () => {
    await pull(hub);
    const change = (from: string, to: string) => compare(hub, hub, (text) => text.replaceAll(from, to));
    expect(await change('"origin":"localhost:8420"', '"origin":"other.example"')).toMatchObject({ code: 2 });
    expect(await change('heads/1', 'heads/2')).toMatchObject({ code: 2 });
    expect(await change('log\\n2\\n', 'log\\n3\\n')).toMatchObject({
      ...{ code: 4, err: expect.stringContaining('NOTE_REJECTED') },
    });
    expect(await compare(hub, hub, () => 'no JSON')).toMatchObject({ code: 2 });
  });
});

describe('cairn audit evidence', () => {
  beforeEach(async () => {
    await pull(hub);
    hub.feed.idle();
    hub.tick(600_000);
    expect(await pull(hub)).toMatchObject({ code: 7 });
  });

  const nameOf = async () =>
    (jsonLines(await evidence(hub, '--json'))[0]!['evidence'] as { name: string }[])[0]!.name;

  it('lists and explains what is kept, and checks a file that was passed on', async () => {
    const name = await nameOf();
    expect(name).toMatch(/^unanchored-/);
    const shown = await evidence(hub, 'show', name);
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('NOT proved') });
    const path = `${hub.store}/csam/evidence/${name}`;
    expect(await cairn(hub, 'audit', 'check', path)).toMatchObject({ code: 0, out: shown.out });
    const file = await readFile(path, 'utf8');
    const changed = await inputFile(hub, 'changed.json', file.replace('"feed":"csam"', '"feed":"tvec"'));
    expect(await cairn(hub, 'audit', 'evidence', 'check', changed)).toMatchObject({ code: 4 });
    expect(await cairn(hub, 'audit', 'evidence', 'check', await inputFile(hub, 'x', '{}'))).toMatchObject({
      code: 4,
    });
  });

  it('goes on when somebody accepts it, about that head alone, and keeps the file', async () => {
    const name = await nameOf();
    expect(await evidence(hub, 'accept', name)).toMatchObject({ code: 0 });
    expect(await pull(hub)).toMatchObject({ code: 0 });
    expect((await evidence(hub)).out).toBe('nothing is kept\n');
    expect(await evidence(hub, 'show', name)).toMatchObject({ code: 0 });
    const lookup = await cairn(hub, 'lookup', '--store', hub.store, valueOf(SHA256, 3));
    expect(lookup).toMatchObject({ code: 0, err: '' });
    hub.feed.idle();
    hub.tick(1_200_000);
    expect(await pull(hub)).toMatchObject({ code: 7, err: expect.stringContaining('FEED_UNANCHORED') });
  });

  it('knows nothing of what is not kept', async () => {
    expect(await evidence(hub, 'accept', 'fork-0000000000000000.json')).toMatchObject({ code: 2 });
    expect(await evidence(hub, 'show', '../state.json')).toMatchObject({ code: 2 });
  });

  it('names promises that are overdue', async () => {
    const member = await hub.client();
    const entries = [{ type: 'sha256', value: valueOf(SHA256, 1) }];
    const { receipts } = await member.submit({ channel: 'csam', entries });
    const { jti, deadline } = receipts[0]!;
    const now = Date.now;
    Date.now = () => deadline + 1;
    try {
      expect((await evidence(hub)).out).toContain(`submission ${jti}`);
    } finally {
      Date.now = now;
    }
  });
});
