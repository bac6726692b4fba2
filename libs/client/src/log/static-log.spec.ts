import { describe, expect, it } from '@jest/globals';
import { readCompactRange, readInclusionProof, verifyInclusion } from '#libs/tlog';
import { TestLog } from '../../../../test/client/support/test-log.js';
import { extendHead } from './extend-head.js';
import { StaticLog } from './static-log.js';

const leaf = (n: number): Uint8Array => new TextEncoder().encode(`leaf ${n}`);

function logOf(size: number): TestLog {
  const log = new TestLog('hub.example/log');
  log.rewrite(Array.from({ length: size }, (_, n) => leaf(n)));
  return log;
}

const reader = (log: TestLog, paths: string[] = []): StaticLog =>
  new StaticLog('log', (path) => {
    paths.push(path);
    return log.file(path);
  });

async function collect(leaves: AsyncIterable<Uint8Array[]>): Promise<string[]> {
  const all: string[] = [];
  for await (const bundle of leaves) all.push(...bundle.map((bytes) => Buffer.from(bytes).toString()));
  return all;
}

describe('StaticLog', () => {
  it.each([
    [0, 5, 5],
    [3, 5, 5],
    [0, 256, 256],
    [250, 260, 300],
    [256, 600, 600],
    [255, 257, 700],
    [600, 600, 600],
  ])('reads the leaves from %i to %i of %i', async (start, end, size) => {
    const expected = Array.from({ length: end - start }, (_, i) => `leaf ${start + i}`);
    expect(await collect(reader(logOf(size)).leaves(start, end, size))).toEqual(expected);
  });

  it('reads full bundles and tiles where the partial ones are gone, because the log has grown', async () => {
    const grown = logOf(800);
    // As C2SP tlog-tiles allows: a partial one may go when the full one is there.
    const pruned = new StaticLog('log', async (path) => {
      const full = path.includes('.p/') ? await grown.file(path.replace(/\.p\/.*/, '')) : null;
      return full === null ? grown.file(path) : null;
    });
    expect(await collect(pruned.leaves(250, 300, 300))).toHaveLength(50);
    const range = await readCompactRange(pruned.tiles(300), 300);
    expect(range.root()).toEqual(grown.root(300));
  });

  it('reads proofs', async () => {
    const log = logOf(700);
    const proof = await readInclusionProof(reader(log).tiles(700), 0, 700);
    const claim = { index: 0, size: 700, root: log.root(), proof };
    const { leafHash } = await import('#libs/tlog');
    expect(() => verifyInclusion({ leafHash: leafHash(leaf(0)), ...claim })).not.toThrow();
  });

  it('says what is missing', async () => {
    const nothing = new StaticLog('log', async () => null);
    await expect(nothing.checkpoint()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(collect(nothing.leaves(0, 5, 5))).rejects.toMatchObject({ code: 'LOG_GAP' });
    const broken = new StaticLog('log', async () => Uint8Array.of(0, 5, 1));
    await expect(collect(broken.leaves(0, 1, 1))).rejects.toMatchObject({ code: 'LOG_GAP' });
  });
});

describe('extendHead', () => {
  const head = (log: TestLog, size = log.size) => ({ size, root: log.root(size) });

  it('extends any head to any later one, with the new leaves only', async () => {
    const log = logOf(600);
    for (const [from, to] of [
      [0, 1],
      [1, 256],
      [255, 257],
      [256, 512],
      [300, 600],
      [600, 600],
    ] as const) {
      const range = (await extendHead(reader(log), null, head(log, from), 0)).range;
      const known = { ...head(log, from), frontier: range.frontier() };
      const extension = await extendHead(reader(log), known, head(log, to), from);
      expect(extension.leaves).toHaveLength(to - from);
      expect(extension.range.root()).toEqual(log.root(to));
    }
  });

  it('refuses a frontier that is not that of the head it was stored with', async () => {
    const log = logOf(9);
    const frontier = new Uint8Array(32);
    const known = { ...head(log, 8), frontier };
    await expect(extendHead(reader(log), known, head(log), 8)).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
    });
  });

  it('does not call it a fork when only the files are wrong', async () => {
    const log = logOf(20);
    const range = (await extendHead(reader(log), null, head(log, 10), 0)).range;
    const known = { ...head(log, 10), frontier: range.frontier() };
    const liar = logOf(20);
    liar.rewrite([...log.leaves.slice(0, 15), leaf(99), ...log.leaves.slice(16)]);
    await expect(extendHead(reader(liar), known, head(log), 10)).rejects.toMatchObject({
      code: 'LOG_MISMATCH',
    });
    const silent = new StaticLog('log', async (path) => (path.includes('entries') ? liar.file(path) : null));
    await expect(extendHead(silent, known, head(log), 10)).rejects.toMatchObject({ code: 'LOG_MISMATCH' });
  });
});
