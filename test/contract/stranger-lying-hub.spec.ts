import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packDigest, type RoundTypeChange } from '#libs/protocol';
import { collectLog, runStranger, strangerCanRun, writeFiles } from '#test/stranger';
import { add, adds, MD5, metadata, PDQ, remove, SHA256, update } from '../client/support/signals.js';
import type { RollupLies } from '../client/support/fold-rounds.js';
import { idleOf } from '../client/support/idle-leaf.js';
import { TestFeed } from '../client/support/test-feed.js';
import type { SnapshotLies } from '../client/support/whole-set.js';

const given = strangerCanRun() ? describe : describe.skip;

let folder: string;
let policy: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-lying-'));
  policy = join(folder, 'policy');
  writeFileSync(policy, `${newFeed().log.policyLine('https://hub.test')}quorum none\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const newFeed = (rollsUp = false) => new TestFeed('hub.test', 'csam', rollsUp);

/** A feed that holds 20 records; what is wrong with it comes after. */
function begun(rollsUp = false): TestFeed {
  const feed = newFeed(rollsUp);
  feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 20) }]);
  feed.idle();
  feed.idle();
  return feed;
}

let directories = 0;
/** All of a feed, also when its rounds cannot be read. */
async function saved(feed: TestFeed, name = String(++directories)): Promise<string> {
  const { files } = await collectLog(async (path) => (await feed.file(path)) ?? Buffer.of());
  for (const [digest, bytes] of feed.packs) files.set(`pack/${digest}`, bytes);
  return writeFiles(join(folder, name), files);
}

const verify = async (feed: TestFeed) => runStranger('verify_feed.py', [policy, await saved(feed)]);

/** Publishes good changes of which the round says something else. */
function saying(tamper: (types: RoundTypeChange[], feed: TestFeed) => void): TestFeed {
  const feed = begun();
  const changes = [
    { shape: PDQ, changes: adds(PDQ, 0, 3) },
    { shape: SHA256, changes: [add(SHA256, 20), update(SHA256, 1, { supporters: 2 }), remove(SHA256, 2)] },
  ];
  feed.publish(changes, { tamper: (types) => tamper(types, feed) });
  return feed;
}

/** Publishes a pack of other bytes, announced as what it is. */
function packing(change: (bytes: Buffer) => Buffer): TestFeed {
  return saying((types, feed) => {
    const announced = types[1]!.packs[0]! as { digest: string; bytes: number };
    const bytes = change(Buffer.from(feed.packs.get(announced.digest)!));
    feed.packs.delete(announced.digest);
    feed.packs.set(packDigest(bytes), bytes);
    Object.assign(announced, { digest: packDigest(bytes), bytes: bytes.length });
  });
}

/** Puts another text in place of the last round. */
function rewritten(feed: TestFeed, change: (text: string) => string): TestFeed {
  const texts = feed.log.leaves.map((leaf) => Buffer.from(leaf).toString());
  feed.log.rewrite([...texts.slice(0, -1), change(texts.at(-1)!)].map((text) => Buffer.from(text)));
  return feed;
}

const writing = (change: (text: string) => string): TestFeed => rewritten(begun(), change);

const renamed = (feed: TestFeed): TestFeed => {
  feed.publish([{ shape: PDQ, changes: adds(PDQ, 0, 1) }], { feed: 'other' });
  return feed;
};
const shaped = (feed: TestFeed): TestFeed => {
  const shape = { ...MD5, keyLength: 20 };
  feed.publish([{ shape, changes: adds(shape, 0, 1) }]);
  return feed;
};

const LIES: [string, string, () => TestFeed][] = [
  ['counts that do not follow', 'count-mismatch', () => saying(([pdq]) => bump(pdq!))],
  ['a root that no pack leads to', 'root-mismatch', () => saying(([pdq]) => reroot(pdq!))],
  [
    'types out of order',
    'unsorted-types',
    () =>
      rewritten(
        saying(() => undefined),
        (text) => text.replace('"pdq"', '"zzz"'),
      ),
  ],
  ['a round of another channel', 'inconsistent-round', () => renamed(begun())],
  ['white space in a round', 'not-canonical-round', () => writing((text) => text.replace(':', ': '))],
  ['an unknown kind', 'unknown-kind', () => writing((text) => text.replace('idle', 'other'))],
  ['another version', 'unsupported-version', () => writing((text) => text.replace('feed/1', 'feed/2'))],
  ['a member twice', 'MALFORMED_JSON', () => writing((text) => text.replace('"kind"', '"cairn"'))],
  [
    'a provenance log that shrinks',
    'inconsistent-round',
    () => writing((text) => text.replace('"size":2', '"size":0')),
  ],
  ['bytes behind a pack', 'trailing', () => packing((bytes) => Buffer.concat([bytes, Buffer.of(0)]))],
  ['a pack cut short', 'truncated', () => packing((bytes) => bytes.subarray(0, -1))],
  ['a pack for another set', 'wrong-base', () => packing((bytes) => flip(bytes, 8 + 7 + 2 + 12))],
  ['a reason that does not exist', 'bad-reason', () => packing((bytes) => zeroEnd(bytes))],
  ['keys of the wrong length', 'wrong-shape', () => shaped(begun())],
  ['a snapshot of another set', 'wrong-snapshot', () => snapped({ changes: (all) => all.slice(1) })],
  ['a snapshot of another count', 'wrong-snapshot', () => snapped({ change: (one) => bump(one) })],
  [
    'a horizon at no snapshot',
    'wrong-horizon',
    () => rewritten(snapped(), (text) => text.replace(/"size":3}]/, '"size":2}]')),
  ],
  ['a horizon that does not follow its snapshot at once', 'wrong-horizon', () => parted(snapped())],
  ['an end where a rollup is due', 'wrong-rollup', () => sixteenSteps()],
  ['a pack below the horizon', 'unexpected-file', () => keeping(begun())],
  ['a step where a rollup is due', 'wrong-rollup', () => idling(sixteenSteps())],
  ['a rollup where none is due', 'wrong-rollup', () => rolledUp(rolledUp(sixteenSteps()))],
  [
    'a rollup of other leaves',
    'wrong-rollup',
    () => rolledUp(sixteenSteps(), { leaf: (leaf) => leaf.from++ }),
  ],
  [
    'a rollup to another root',
    'root-mismatch',
    () => rolledUp(sixteenSteps(), { leaf: ({ changes: [md5] }) => reroot(md5!) }),
  ],
  [
    'a rollup to another count',
    'count-mismatch',
    () => rolledUp(sixteenSteps(), { leaf: ({ changes: [md5] }) => bump(md5!) }),
  ],
  [
    'a rollup that leaves a change out',
    'wrong-rollup',
    () => rolledUp(sixteenSteps(), { changes: (all) => all.slice(1) }),
  ],
  [
    'a rollup with another reason',
    'wrong-rollup',
    () =>
      rolledUp(
        sixteenSteps(rolledUp(sixteenSteps())),
        { changes: (all) => all.map((one) => (one.op === 'remove' ? { ...one, reason: 5 } : one)) },
        17,
      ),
  ],
  [
    'a rollup with other metadata',
    'wrong-rollup',
    () =>
      rolledUp(sixteenSteps(), {
        changes: (all) =>
          all.map((one) => (one.op === 'add' ? { ...one, metadata: metadata({ quality: 9 }) } : one)),
      }),
  ],
];

/** Steps that add, update and remove, as many as a rollup is due after. */
function sixteenSteps(feed = newFeed()): TestFeed {
  const first = feed.set(MD5).count;
  feed.publish([{ shape: MD5, changes: adds(MD5, first, first + 9) }]);
  feed.publish([{ shape: MD5, changes: [update(MD5, first, { supporters: 2 }), remove(MD5, first + 1)] }]);
  feed.publish([{ shape: MD5, changes: [first === 0 ? add(MD5, 99) : remove(MD5, 2)] }]);
  for (let n = 3; n < 16; n++) feed.idle();
  return feed;
}

/** Ends with a snapshot and a horizon, three leaves after the begin. */
function snapped(lies?: SnapshotLies, feed = begun()): TestFeed {
  feed.snapshot(SHA256, true, lies);
  return feed;
}

/** A leaf stands between a snapshot and its horizon. */
function parted(feed: TestFeed): TestFeed {
  const leaves = [...feed.log.leaves];
  const [horizon] = leaves.splice(-1);
  feed.log.rewrite([...leaves, idleOf(horizon!), horizon!]);
  return feed;
}

function keeping(feed: TestFeed): TestFeed {
  const packs = [...feed.packs];
  feed.publish([{ shape: SHA256, changes: [add(SHA256, 70)] }]);
  feed.snapshot(SHA256, true);
  for (const [digest, bytes] of packs) feed.packs.set(digest, bytes);
  return feed;
}

const rolledUp = (feed: TestFeed, lies?: RollupLies, from = 0): TestFeed => {
  feed.rollUp({ from, to: from + 16 }, lies);
  return feed;
};
const idling = (feed: TestFeed): TestFeed => {
  feed.idle();
  return feed;
};

function bump(change: RoundTypeChange): void {
  const more = { count: change.count + 1 };
  Object.assign(change, more);
  Object.assign(change.packs[0]!, more, { added: change.packs[0]!.added + 1 });
}

function reroot(change: RoundTypeChange): void {
  Object.assign(change, { root: 'f'.repeat(64) });
  Object.assign(change.packs[0]!, { root: 'f'.repeat(64) });
}

function flip(bytes: Buffer, offset: number): Buffer {
  bytes[offset]! ^= 1;
  return bytes;
}

function zeroEnd(bytes: Buffer): Buffer {
  bytes[bytes.length - 1] = 0;
  return bytes;
}

given("a stranger's verifier of feeds", () => {
  it('reads logs of several tiles, and follows splits, updates and removals', async () => {
    const feed = begun(true);
    for (let n = 0; n < 300; n++) feed.idle();
    const limits = { changes: 7, bytes: 1024 * 1024 };
    feed.publish([{ shape: MD5, changes: adds(MD5, 0, 40) }], { limits });
    feed.publish([{ shape: SHA256, changes: [remove(SHA256, 0), update(SHA256, 1, { quality: 5 })] }]);
    for (let n = 0; n < 30; n++)
      feed.publish([{ shape: SHA256, changes: [update(SHA256, 2, { quality: n })] }]);
    expect(await verify(feed)).toEqual({ code: 0, lines: ['md5 40', 'sha256 19', 'OK'] });
  });

  it('accepts what the lies below are made of', async () => {
    expect(await verify(saying(() => undefined))).toMatchObject({ code: 0 });
    expect(await verify(packing((bytes) => bytes))).toMatchObject({ code: 0 });
    expect(await verify(writing((text) => text))).toMatchObject({ code: 0 });
    expect(await verify(snapped())).toMatchObject({ code: 0 });
    expect(await verify(rolledUp(sixteenSteps(rolledUp(sixteenSteps())), {}, 17))).toMatchObject({ code: 0 });
  });

  it('follows a type from its last horizon on, rolls up what is above it, and keeps what was there', async () => {
    const feed = newFeed(true);
    for (let n = 0; n < 20; n++)
      feed.publish([
        { shape: SHA256, changes: [add(SHA256, n)] },
        { shape: MD5, changes: [add(MD5, n)] },
      ]);
    feed.snapshot(SHA256, false);
    feed.publish([{ shape: SHA256, changes: [remove(SHA256, 3, 10)] }]);
    feed.snapshot(SHA256, true);
    feed.snapshot(MD5, true, {}, { changes: 7, bytes: 1 << 20 });
    for (let n = 20; n < 60; n++)
      feed.publish([{ shape: SHA256, changes: [add(SHA256, n), remove(SHA256, n - 1)] }]);
    expect(await verify(feed)).toEqual({ code: 0, lines: ['md5 20', 'sha256 19', 'OK'] });
    feed.publish([{ shape: MD5, changes: Array.from({ length: 20 }, (_, n) => remove(MD5, n)) }]);
    feed.snapshot(MD5, true);
    expect(await verify(feed)).toEqual({ code: 0, lines: ['md5 0', 'sha256 19', 'OK'] });
  });

  it('refuses what a hub signed although it is not so', async () => {
    for (const [i, [, , lie]] of LIES.entries()) await saved(lie(), join('lies', String(100 + i)));
    const { lines } = runStranger('verify_feed.py', ['--each', policy, join(folder, 'lies')]);
    const answers = lines.map((line, i) => [LIES[i]![0], line.split(' ')[1]]);
    expect(answers).toEqual(LIES.map(([what, code]) => [what, code]));
  });
});
