import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { applyPack } from './apply-pack.js';
import { bucketLeafHash, bucketOf } from './bucket.js';
import type { Change } from './change.js';
import { MD5 } from './feed.arbitrary.js';
import { encodeMetadata } from './metadata-encoder.js';
import { foldPacks } from './fold-packs.js';
import { openPack, packDigest } from './open-pack.js';
import { decodePack } from './pack-decoder.js';
import { encodePack } from './pack-encoder.js';
import { encodeRecords } from './record.js';
import { RecordSet } from './record-set.js';
import { encodeRound, readRound } from './round-codec.js';
import type { Round, RoundPack } from './round.js';
import { leafHash } from '#libs/tlog';

const doc = readFileSync(new URL('../../../../../docs/protocol-feed.md', import.meta.url), 'utf8');
const example = doc.slice(doc.indexOf('## Worked example'));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const upFrom = (first: number): Uint8Array => Uint8Array.from({ length: 16 }, (_, i) => first + i);

const [a, b, c] = [0x00, 0x10, 0x20].map(upFrom) as [Uint8Array, Uint8Array, Uint8Array];
const plain = { labels: [], authors: [], unknown: [] };
const m1 = encodeMetadata({ ...plain, status: 'active', assurance: 'provisional', supporters: 1 });
const m2 = encodeMetadata({ ...plain, status: 'disputed', assurance: 'provisional', supporters: 1 });
const m3 = encodeMetadata({
  ...plain,
  status: 'active',
  assurance: 'verified',
  supporters: 4,
  labels: [{ code: 1, count: 2 }],
  expiryDay: 20_000,
});
const value = new Uint8Array();
const firstChanges: Change[] = [
  { op: 'add', key: a, metadata: m1, value },
  { op: 'add', key: b, metadata: m3, value },
];
const before = RecordSet.empty(MD5).apply(firstChanges);
const changes: Change[] = [
  { op: 'update', key: a, metadata: m2 },
  { op: 'remove', key: b, reason: 2 },
  { op: 'add', key: c, metadata: m3, value },
];
const after = before.apply(changes);
const pack = encodePack({ ...MD5, from: before.root, to: after.root, changes });
const part: RoundPack = {
  digest: packDigest(pack),
  bytes: pack.length,
  added: 1,
  updated: 1,
  removed: 1,
  count: after.count,
  root: hex(after.root),
};
const round: Round = {
  kind: 'round',
  feed: 'sandbox',
  time: 1_767_225_600_000,
  log: { size: 3, root: '0a'.repeat(32) },
  nonce: '0b'.repeat(16),
  changes: [{ type: 'md5', count: after.count, root: hex(after.root), packs: [part] }],
};

describe('worked example of docs/protocol-feed.md', () => {
  it.each([
    ['metadata 1', hex(m1)],
    ['metadata 2', hex(m2)],
    ['metadata 3', hex(m3)],
    ['record of A', hex(encodeRecords([{ key: a, metadata: m1, value }]))],
    ['bucket of A', bucketOf(a).toString(16).padStart(4, '0')],
    ['bucket of B', bucketOf(b).toString(16).padStart(4, '0')],
    ['bucket of C', bucketOf(c).toString(16).padStart(4, '0')],
    ['leaf hash of A', hex(bucketLeafHash([{ key: a, metadata: m1, value }]))],
    ['root of the empty set', hex(RecordSet.empty(MD5).root)],
    ['root before', hex(before.root)],
    ['root after', hex(after.root)],
    ['digest of the pack', packDigest(pack)],
    ['text of the round', encodeRound(round)],
    ['leaf hash of the round', hex(leafHash(Buffer.from(encodeRound(round))))],
  ])('states the %s', (_, text) => {
    expect(example).toContain(text);
  });

  it('states the bytes of the pack', () => {
    const stated = /pack, (\d+) bytes\n((?:[0-9a-f ]+\n)+)/.exec(example);
    expect(stated?.[1]).toBe(String(pack.length));
    expect(stated?.[2]?.replaceAll(/\s/g, '')).toBe(hex(pack));
  });

  it('states the bytes of an idle round', () => {
    const idle: Round = {
      kind: 'idle',
      feed: 'sandbox',
      time: 1_767_225_660_000,
      log: { size: 4, root: '0c'.repeat(32) },
      nonce: '0d'.repeat(16),
    };
    const text = encodeRound(idle);
    expect(example).toContain(`\`\`\`\n${text}\n${hex(leafHash(Buffer.from(text)))}\n\`\`\``);
    expect(readRound(JSON.parse(text), text)).toEqual(idle);
  });

  it('states the pack and the leaves of a rollup', () => {
    const empty = RecordSet.empty(MD5);
    const first = encodePack({ ...MD5, from: empty.root, to: before.root, changes: firstChanges });
    const folded = encodePack(foldPacks([decodePack(first), decodePack(pack)]));
    const stated = /pack of the rollup, (\d+) bytes\n((?:[0-9a-f ]+\n)+)digest +([0-9a-f]+)/.exec(example);
    expect(stated?.[1]).toBe(String(folded.length));
    expect(stated?.[2]?.replaceAll(/\s/g, '')).toBe(hex(folded));
    expect(stated?.[3]).toBe(packDigest(folded));
    const counts = { added: 2, updated: 0, removed: 0, count: after.count, root: part.root };
    const packs = [{ digest: packDigest(folded), bytes: folded.length, ...counts }];
    const log = { size: 4, root: '0c'.repeat(32) };
    const common = { kind: 'rollup', feed: 'sandbox', time: 1_767_225_660_000, log } as const;
    const change = { type: 'md5', count: after.count, root: part.root, packs };
    const texts = [
      { ...common, nonce: '0e'.repeat(16), from: 0, to: 16, changes: [change] },
      { ...common, nonce: '0f'.repeat(16), from: 17, to: 33, changes: [] },
    ].map((leaf) => encodeRound(leaf));
    const lines = texts.flatMap((text) => [text, hex(leafHash(Buffer.from(text)))]);
    expect(example).toContain(`\`\`\`\n${lines.join('\n')}\n\`\`\``);
  });

  it('states the leaves of a snapshot, of a horizon and of a snapshot of nothing', () => {
    const empty = RecordSet.empty(MD5);
    const first = encodePack({ ...MD5, from: empty.root, to: before.root, changes: firstChanges });
    const folded = encodePack(foldPacks([decodePack(first), decodePack(pack)]));
    const counts = { added: 2, updated: 0, removed: 0, count: after.count, root: part.root };
    const packs = [{ digest: packDigest(folded), bytes: folded.length, ...counts }];
    const log = { size: 4, root: '0c'.repeat(32) };
    const common = { feed: 'sandbox', time: 1_767_225_720_000, log };
    const md5 = { type: 'md5', count: after.count, root: part.root, packs };
    const sha1 = { type: 'sha1', count: 0, root: hex(empty.root), packs: [] };
    const leaves: Round[] = [
      { kind: 'snapshot', ...common, nonce: '10'.repeat(16), changes: [md5] },
      { kind: 'horizon', ...common, nonce: '11'.repeat(16), horizons: [{ type: 'md5', size: 17 }] },
      { kind: 'snapshot', ...common, nonce: '12'.repeat(16), changes: [sha1] },
    ];
    const lines = leaves.map(encodeRound).flatMap((text) => [text, hex(leafHash(Buffer.from(text)))]);
    expect(example).toContain(`\`\`\`\n${lines.join('\n')}\n\`\`\``);
  });

  it('leads a reader from the round to the set after it', () => {
    const text = encodeRound(round);
    expect(readRound(JSON.parse(text), text)).toEqual(round);
    expect(hex(applyPack(before, openPack('md5', part, pack)).root)).toBe(part.root);
  });
});
