import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { gatePublicKey, generateSigningKey, signCompactJws, verifyCompactJws } from '#libs/keys';
import { decodePack, parseStrictJson } from '#libs/protocol';
import {
  cosign,
  formatPolicy,
  formatTlogProof,
  formatVerifierKey,
  leafHash,
  MerkleTree,
  nodeHash,
  parsePolicy,
  parseTlogProof,
  parseVerifierKey,
  type TlogPolicy,
  verifierKey,
  verifyCheckpoint,
  verifyConsistency,
  verifyInclusion,
  verifyTlogProof,
} from '#libs/tlog';
import { TestLog } from '../client/support/test-log.js';

const ORIGIN = 'hub.test/log';
const LIMIT = 2 ** 53;

let log: TestLog;
let policy: TlogPolicy;
let note: string;
beforeAll(async () => {
  log = new TestLog(ORIGIN);
  for (let n = 0; n < 8; n++) log.append(Buffer.from(`entry ${n}`));
  policy = parsePolicy(`${log.policyLine('https://hub.test')}quorum none\n`);
  note = await log.checkpoint();
});

const proofOf = (index: number, change: object = {}): string =>
  formatTlogProof({ index, proof: log.inclusionProof(index), checkpoint: note, ...change });
const accepts = (proof: string, leaf: Uint8Array): unknown =>
  verifyTlogProof(policy, proof, leafHash(leaf), ORIGIN);
const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as { code: string }).code;
  }
  throw new Error('it went through');
};

describe('a leaf of 64 bytes that is made of two hashes', () => {
  it('is not taken for the node over them, at whatever index and size', () => {
    const hashes = log.leaves.map(leafHash);
    const pair = Buffer.concat([hashes[2]!, hashes[3]!]);
    expect(leafHash(pair)).not.toEqual(nodeHash(hashes[2]!, hashes[3]!));
    // The path from the node to the root is a good path, in a tree of half as many leaves that nobody signed.
    const path = log.inclusionProof(2).slice(1);
    const [root, size] = [log.root(), log.size];
    for (const [index, claimed] of [
      [1, size / 2],
      [2, size],
      [1, size],
      [2, size / 2 + 1],
    ] as const)
      expect(() =>
        verifyInclusion({ leafHash: leafHash(pair), index, size: claimed, root, proof: path }),
      ).toThrow();
    expect(refusal(() => accepts(proofOf(1, { proof: path }), pair))).toBe('proof_rejected');
  });

  it('is a leaf like any other where it was logged as one', () => {
    const pair = Buffer.concat([leafHash(log.leaves[2]!), leafHash(log.leaves[3]!)]);
    const tree = MerkleTree.ofLeaves([pair, ...log.leaves]);
    const claim = {
      leafHash: leafHash(pair),
      index: 0,
      size: 9,
      root: tree.root(),
      proof: tree.inclusionProof(0),
    };
    expect(() => verifyInclusion(claim)).not.toThrow();
    expect(() =>
      verifyInclusion({ ...claim, leafHash: nodeHash(pair.subarray(0, 32), pair.subarray(32)) }),
    ).toThrow();
  });
});

describe('notes and proofs of excessive length', () => {
  const unknown = (n: number) => `— other${n} ${randomBytes(68).toString('base64')}\n`;
  const lines = (count: number): string => Array.from({ length: count }, (_, n) => unknown(n)).join('');

  it.each([64, 1000])('a note with %i signature lines more is refused', (count) => {
    expect(() => verifyCheckpoint(policy, `${note}${lines(count)}`, ORIGIN)).toThrow();
  });

  it('a note with as many as there may be is taken', () => {
    expect(verifyCheckpoint(policy, `${note}${lines(63)}`, ORIGIN).size).toBe(8);
  });

  it.each([64, 1000, 100_000])('a proof of %i hashes is refused, before one of them is hashed', (count) => {
    const hashes = Array.from({ length: count }, () => new Uint8Array(32));
    const text = proofOf(2).split('\n');
    const long = [...text.slice(0, 2), ...hashes.map(() => `${'A'.repeat(43)}=`), '', note].join('\n');
    expect(() => parseTlogProof(long)).toThrow();
    const [first, second] = [
      { size: 2, root: log.root(2) },
      { size: 8, root: log.root() },
    ];
    expect(() => verifyConsistency({ first, second, proof: hashes } as never)).toThrow();
    const claim = {
      leafHash: leafHash(log.leaves[2]!),
      index: 2,
      size: LIMIT - 1,
      root: log.root(),
      proof: hashes,
    };
    expect(() => verifyInclusion(claim)).toThrow();
  });

  it('an extra line, a note or a proof beyond its limit is refused', () => {
    expect(() =>
      parseTlogProof(proofOf(2, {}).replace('index', `extra ${'A'.repeat(1 << 20)}\nindex`)),
    ).toThrow();
    expect(() => parseTlogProof(`${proofOf(2)}— other ${'A'.repeat(1 << 20)}\n`)).toThrow();
    expect(() => parsePolicy(`# ${'x'.repeat(1 << 17)}\n`)).toThrow();
  });
});

describe('a bad signature by a known key', () => {
  const good = () => note.split('\n').at(-2)!;
  const broken = () => {
    const [dash, name, text] = good().split(' ') as [string, string, string];
    const bytes = Buffer.from(text, 'base64');
    bytes[20]! ^= 1;
    return `${dash} ${name} ${bytes.toString('base64')}\n`;
  };

  it('refuses the note before and after a good one by the same key', () => {
    const text = note.slice(0, note.indexOf('\n\n') + 2);
    for (const lines of [[broken(), `${good()}\n`], [`${good()}\n`, broken()], [broken()]])
      expect(() => verifyCheckpoint(policy, `${text}${lines.join('')}`, ORIGIN)).toThrow();
    expect(() => verifyCheckpoint(policy, `${text}${good()}\n${good()}\n`, ORIGIN)).not.toThrow();
  });

  it('refuses a note that the log signed well and a pinned witness badly', async () => {
    const witness = generateSigningKey('Ed25519');
    const raw = Buffer.from((JSON.parse(witness.publicKey.jwk) as { x: string }).x, 'base64url');
    const key = verifierKey('witness.test', 0x04, raw);
    const pinned = parsePolicy(
      `${log.policyLine('https://hub.test')}witness w ${formatVerifierKey(key)}\nquorum none\n`,
    );
    const signer = { name: key.name, keyId: key.keyId, sign: () => new Uint8Array(64) };
    const made = await cosign(note.slice(0, note.indexOf('\n\n') + 1), signer, 1_700_000_000);
    const id = Buffer.alloc(4);
    id.writeUInt32BE(made.keyId);
    const bytes = Buffer.concat([id, made.signature]);
    const cosigned = `${note}— ${made.name} ${bytes.toString('base64')}\n`;
    expect(() => verifyCheckpoint(policy, cosigned, ORIGIN)).not.toThrow();
    expect(() => verifyCheckpoint(pinned, cosigned, ORIGIN)).toThrow();
  });
});

/** Other spellings of the same bytes that careless decoders take. */
function otherSpellings(text: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const bare = text.replace(/=+$/, '');
  const last = alphabet.indexOf(bare.at(-1)!.replace('-', '+').replace('_', '/'));
  const spare =
    bare.length % 4 === 0 ? [] : [`${bare.slice(0, -1)}${alphabet[last ^ 1]}${text.slice(bare.length)}`];
  return [
    ...spare,
    ...(text === bare ? [`${bare}=`] : [bare]),
    `${text}=`,
    ` ${text}`,
    `${text.slice(0, 4)}%${text.slice(4)}`,
  ];
}

describe('base64 in another spelling', () => {
  const replaced = (text: string, part: string): string[] =>
    otherSpellings(part).map((other) => text.replace(part, () => other));
  const lastLine = () => note.split('\n').at(-2)!.split(' ')[2]!;
  const rootLine = () => note.split('\n')[2]!;

  it.each<[string, () => readonly string[], (text: string) => unknown]>([
    [
      'root of a checkpoint',
      () => replaced(note, rootLine()),
      (text) => verifyCheckpoint(policy, text, ORIGIN),
    ],
    ['signature line', () => replaced(note, lastLine()), (text) => verifyCheckpoint(policy, text, ORIGIN)],
    [
      'hash of a proof',
      () => replaced(proofOf(2), proofOf(2).split('\n')[2]!),
      (text) => accepts(text, log.leaves[2]!),
    ],
    [
      'extra line of a proof',
      () => replaced(proofOf(2, { extra: Uint8Array.of(1, 2, 3, 4) }), 'AQIDBA=='),
      (text) => accepts(text, log.leaves[2]!),
    ],
    [
      'verifier key',
      () => replaced(formatVerifierKey(log.key), formatVerifierKey(log.key).split('+').slice(2).join('+')),
      (text) => parseVerifierKey(text),
    ],
    [
      'key of a policy file',
      () => replaced(formatPolicy(policy), formatVerifierKey(log.key).split('+').slice(2).join('+')),
      (text) => parsePolicy(text),
    ],
  ])('is refused as %s', (_, spellings, read) => {
    expect(spellings().length).toBeGreaterThan(2);
    for (const text of spellings()) expect(() => read(text)).toThrow();
  });

  it.each(['Ed25519', 'ES256'] as const)(
    'is refused in each part of a token and each coordinate of a %s key',
    async (alg) => {
      const key = generateSigningKey(alg);
      const token = await signCompactJws({ typ: 'test+jws', payload: { a: 1 }, key });
      const verify = (text: string) =>
        verifyCompactJws({ token: text, typ: 'test+jws', key: key.publicKey, maxBytes: 4096 });
      expect(await verify(token)).toMatchObject({ ok: true });
      for (const part of token.split('.'))
        for (const text of replaced(token, part)) expect(await verify(text)).toMatchObject({ ok: false });
      const jwk = JSON.parse(key.publicKey.jwk) as Record<string, string>;
      for (const name of ['x', 'y'].filter((one) => one in jwk))
        for (const other of otherSpellings(jwk[name]!))
          expect(gatePublicKey({ ...jwk, [name]: other })).toMatchObject({ ok: false });
    },
  );
});

describe('an allocation bomb', () => {
  it.each([
    ['added', 0],
    ['updated', 4],
    ['removed', 8],
  ])('of 2^32 − 1 records %s is refused without room being made for them', (_, at) => {
    const header = Buffer.concat([
      Buffer.from('CAIRNPK1'),
      Buffer.of(3),
      Buffer.from('md5'),
      Buffer.of(16, 0),
    ]);
    const counts = Buffer.alloc(12);
    counts.writeUInt32BE(0xffff_ffff, at);
    const table = Buffer.alloc(4);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decodePack(Buffer.concat([header, counts, Buffer.alloc(64), table]))).toThrow();
    table.writeUInt32BE(0xffff_ffff);
    expect(() => decodePack(Buffer.concat([header, Buffer.alloc(12), Buffer.alloc(64), table]))).toThrow();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 24);
  });

  it('of nested JSON, or of one endless number, is refused at its depth', () => {
    expect(() => parseStrictJson('['.repeat(100_000))).toThrow();
    expect(() => parseStrictJson('{"a":'.repeat(100_000))).toThrow();
    expect(() => parseStrictJson('9'.repeat(1_000_000))).toThrow();
  });
});
