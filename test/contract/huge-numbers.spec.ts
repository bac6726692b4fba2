import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { checkPromiseEvidence } from '#libs/client';
import {
  decodeAuthor,
  decodeContent,
  decodeEntryProof,
  decodeMetadata,
  decodeStatement,
  parseJsonBytes,
  parseStrictJson,
  readDecisionLine,
  readKeyStanding,
  readManifest,
  readPromise,
  readRound,
} from '#libs/protocol';
import {
  formatCheckpoint,
  formatTlogProof,
  parseCheckpoint,
  parsePolicy,
  parseTilePath,
  parseTlogProof,
} from '#libs/tlog';
import { parseReplayPath } from '#apps/api/src/http/replay-path';
import { readSigningQuery } from '#apps/signer/src/signing-query';
import { TestLog } from '../client/support/test-log.js';

const log = new TestLog('hub.test/log');
for (let n = 0; n < 3; n++) log.append(Buffer.from(`entry ${n}`));
const checkpoint = await log.checkpoint();
const proof = formatTlogProof({ index: 2, proof: log.inclusionProof(2), checkpoint });

const digest = '0'.repeat(64);
const salt = '0'.repeat(32);
const statement = (members: string) => Buffer.from(`{"cairn":"statement/1","kind":${members}}`);
const batch = `"channel":"csam","attribution":"named","count":1,"root":"${digest}"`;
const parsed = (text: string): unknown => parseJsonBytes(Buffer.from(text), 'document');
const jti = '0192f0c1-7a6b-7c3d-8e9f-000000000001';
const thumbprint = 'A'.repeat(43);

/** The evidence and the policy of the example in docs/protocol-proof.md. */
const page = readFileSync(new URL('../../../docs/protocol-proof.md', import.meta.url), 'utf8');
const overdue = /^\{"cairn":"promise-evidence\/1".*\n/m.exec(page)![0];
const policy = parsePolicy(/^log .*\nquorum none\n/m.exec(page)![0]);
const overdueHub = { policy, origin: 'hub.example.org', baseUrl: '', feeds: [] };

/** The answer of the hub to a path that names nothing is one, whatever is wrong with it. */
function readPath(path: string): unknown {
  const object = parseReplayPath(path);
  if (object === null) throw new Error('names nothing');
  return object;
}

const signing = (name: string, n: string): unknown => {
  const query = new URLSearchParams({
    origin: 'hub/log',
    from: '0',
    size: '3',
    published: '0',
    root: digest,
  });
  query.set(name, n);
  return readSigningQuery(query);
};

/** Every place of the formats where a size, index, time or counter is read, with the number put in. */
const PLACES: readonly [string, (n: string) => unknown][] = [
  ['size of a checkpoint', (n) => parseCheckpoint(`hub\n${n}\n${Buffer.alloc(32).toString('base64')}\n`)],
  ['index of a proof file', (n) => parseTlogProof(proof.replace('index 2', `index ${n}`))],
  ['index of a tile', (n) => parseTilePath(`tile/0/${tileName(n)}`)],
  ['index of a bundle', (n) => parseTilePath(`tile/entries/${tileName(n)}`)],
  ['level of a tile', (n) => parseTilePath(`tile/${n}/000`)],
  ['threshold of a group', (n) => parsePolicy(`group g ${n} w\nquorum none\n`)],
  ['number in strict JSON', (n) => parseStrictJson(`[${n}]`)],
  ['time of a statement', (n) => decodeStatement(statement(`"tick","time":${n}`))],
  [
    'code of a member',
    (n) =>
      decodeStatement(
        statement(
          `"member","time":1,"member":"a","code":${n},"name":"A","memberKind":"ngo","group":"a","accredited":false`,
        ),
      ),
  ],
  ['from of a recall', (n) => decodeStatement(statement(`"recall","time":1,"member":"a","from":${n}`))],
  [
    'from of a revocation',
    (n) =>
      decodeStatement(
        statement(`"key_revoked","time":1,"member":"a","key":"${thumbprint}","from":${n},"reason":"lost"`),
      ),
  ],
  [
    'size of a feed',
    (n) =>
      decodeStatement(
        statement(`"published","time":1,"feeds":[{"feed":"a","size":${n},"root":"${digest}"}]`),
      ),
  ],
  [
    'size of the audit trail',
    (n) => decodeStatement(statement(`"audit","time":1,"size":${n},"head":"${digest}"`)),
  ],
  [
    'version of an agreement',
    (n) =>
      decodeStatement(statement(`"agreement","time":1,"member":"a","version":${n},"digest":"${digest}"`)),
  ],
  [
    'head of a submission',
    (n) =>
      decodeStatement(
        statement(
          `"submission","time":1,"content":"${digest}","author":"${digest}","head":{"size":${n},"root":"${digest}"}`,
        ),
      ),
  ],
  [
    'head of a manifest',
    (n) =>
      readManifest(
        parsed(
          `{"iss":"a","aud":"hub.test","jti":"${jti}","iat":1,${batch},"head":{"size":${n},"root":"${digest}"}}`,
        ),
      ),
  ],
  [
    'iat of a manifest',
    (n) =>
      readManifest(parsed(`{"iss":"a","aud":"hub.test","jti":"${jti}","iat":${n},${batch},"head":null}`)),
  ],
  [
    'verdicts of a content body',
    (n) =>
      decodeContent(
        Buffer.from(
          `{"cairn":"content/1","salt":"${salt}",${batch},"decisions":"${digest}","accepted":${n},"held":0,"rejected":0}`,
        ),
      ),
  ],
  [
    'counter of an author body',
    (n) =>
      decodeAuthor(
        Buffer.from(
          `{"cairn":"author/1","salt":"${salt}","member":"a","group":"a","key":"${thumbprint}","counter":${n},"manifest":"${digest}"}`,
        ),
      ),
  ],
  [
    'prev of a decision',
    (n) => readDecisionLine(Buffer.from(`{"line":0,"verdict":"accepted","code":null,"prev":${n}}`)),
  ],
  [
    'line of a decision',
    (n) => readDecisionLine(Buffer.from(`{"line":${n},"verdict":"accepted","code":null,"prev":null}`)),
  ],
  [
    'deadline of a promise',
    (n) =>
      readPromise(
        parsed(
          `{"iss":"hub.test","sub":"a","jti":"${jti}","digest":"${digest}","received":1,"counter":1,"deadline":${n}}`,
        ),
      ),
  ],
  [
    'size of a standing',
    (n) =>
      readKeyStanding(
        parsed(
          `{"iss":"hub.test","iat":1,"size":${n},"member":"a","key":"${thumbprint}","since":1,"revoked":null,"voidFrom":null}`,
        ),
      ),
  ],
  [
    'index of an entry proof',
    (n) =>
      decodeEntryProof(
        Buffer.from(
          `{"cairn":"entry-proof/1","origin":"hub.test","index":${n},"line":0,"entry":"","path":[],"submission":{"leaf":"","proof":""},"content":"","decision":{"line":"","path":[]},"author":null}\n`,
        ),
      ),
  ],
  ['size of a state', (n) => decodeStatement(statement(`"state","time":1,"size":${n},"root":"${digest}"`))],
  [
    'time in the evidence of an overdue promise',
    (n) =>
      checkPromiseEvidence(
        overdueHub,
        Buffer.from(overdue.replace(/"seen":\d+\}/, `"seen":${n}}`)),
        'evidence',
      ),
  ],
  ['first index of an evidence file that is asked for', (n) => readPath(`evidence/${n}-9007199254740991`)],
  ['end of an evidence file that is asked for', (n) => readPath(`evidence/0-${n}`)],
  ['index of a state that is asked for', (n) => readPath(`state/${n}/salts`)],
  ['from of a signing query', (n) => signing('from', n)],
  ['size of a signing query', (n) => signing('size', n)],
  ['published of a signing query', (n) => signing('published', n)],
  ['size of a round', (n) => readRoundOf(idle.replace('"size":3', `"size":${n}`))],
  ['time of a round', (n) => readRoundOf(idle.replace('"time":1', `"time":${n}`))],
];

const idle = `{"cairn":"feed/1","kind":"idle","feed":"csam","time":1,"log":{"size":3,"root":"${digest}"},"nonce":"${salt}"}`;
const readRoundOf = (text: string): unknown => readRound(parseStrictJson(text), text);

/** A number as names of tiles have it: groups of three digits, all but the last with an x. */
function tileName(n: string): string {
  const groups = n.padStart(Math.ceil(n.length / 3) * 3, '0').match(/.{3}/g)!;
  return groups.map((group, i) => (i + 1 < groups.length ? `x${group}` : group)).join('/');
}

describe('sizes and indexes beyond 2^53', () => {
  it.each(PLACES)('are refused, never rounded, as %s', async (_, read) => {
    for (const n of ['9007199254740992', '9007199254740993', '18446744073709551615', '9'.repeat(400)])
      await expect(async () => read(n)).rejects.toThrow();
  });

  it.each(PLACES.filter(([what]) => !/tile|bundle|strict JSON/.test(what)))(
    'are refused in another spelling as %s',
    async (_, read) => {
      for (const n of ['1e300', '-1', '1.5', '007', '+1'])
        await expect(async () => read(n)).rejects.toThrow();
    },
  );

  it.each(PLACES.filter(([what]) => !/threshold|verdicts|level|checkpoint|code|line/.test(what)))(
    'are taken up to 2^53 − 1 as %s',
    async (_, read) => {
      await expect((async () => read('9007199254740991'))()).resolves.toBeDefined();
    },
  );

  it('are refused in the binary formats of feeds', () => {
    const supporters = (varint: number[]) => Uint8Array.from([1, 1, 0, 2, 1, 0, 3, varint.length, ...varint]);
    expect(() => decodeMetadata(supporters([1]))).not.toThrow();
    for (const varint of [
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
    ])
      expect(() => decodeMetadata(supporters(varint))).toThrow();
    const head = { origin: 'hub.test/log', size: 2 ** 53, root: new Uint8Array(32) };
    expect(() => formatCheckpoint(head)).toThrow();
  });
});
