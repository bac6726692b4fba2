import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkPromiseEvidence, ClientError, proofTrust, readHubPolicy, type HubPolicy } from '#libs/client';
import { ProtocolError, verifyEntryProof } from '#libs/protocol';
import { runStranger, strangerCanRun } from '#test/stranger';
import { type Document, DocumentForge, FORGE_ORIGIN, type Forgery, spelled } from './forged-documents.js';

const given = strangerCanRun() ? describe : describe.skip;
/** Changed copies of each document, and lies that were signed, by an environment variable. */
const CHANGES = Number(process.env['STRANGER_CHANGES'] ?? 400);
const COPIES = Math.ceil(CHANGES / 4);
const SIGNED_LIES = Math.ceil(CHANGES / 8);
/** Bounds how long a run with many changes is waited for. */
const CASE_MS = 900_000;
/** Counter-examples are found again by the seed that a failure shows. */
const SEED = Date.now() % 2 ** 31;

const forge = new DocumentForge();
let folder: string;
let pinned: HubPolicy;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-forged-'));
  writeFileSync(join(folder, 'policy'), forge.policy());
  pinned = readHubPolicy(Buffer.from(forge.policy()), 'policy');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** OK, or the code by which the SDK refuses a document. */
async function judgedHere(document: Uint8Array): Promise<string> {
  try {
    if (Buffer.from(document).includes('"promise-evidence/1"'))
      await checkPromiseEvidence(pinned, document, 'file');
    else await verifyEntryProof(document, proofTrust(pinned));
    return 'OK';
  } catch (error) {
    const cause = error instanceof ClientError ? error.cause : error;
    if (!(cause instanceof ProtocolError)) throw error;
    return cause.code;
  }
}

function judgedThere(documents: readonly Uint8Array[]): string[] {
  const input = documents.map((document) => `${Buffer.from(document).toString('hex')}\n`).join('');
  return runStranger('judge_documents.py', [join(folder, 'policy'), FORGE_ORIGIN], input).lines;
}

/** Both kinds of proof that leave something out, besides the whole one. */
const blinded = (document: Document): Document => ({ ...document, author: null });
const own = (document: Document): Document => ({ ...document, content: null, decision: null });

/** Documents that the two judge differently. */
async function differing(documents: readonly Uint8Array[]): Promise<object[]> {
  const there = judgedThere(documents);
  expect(there).toHaveLength(documents.length);
  const judged = await Promise.all(
    documents.map(async (document, i) => ({ here: await judgedHere(document), there: there[i]!, document })),
  );
  return judged
    .filter(({ here, there: other }) => (here === 'OK') !== (other === 'OK'))
    .map(({ document, ...codes }) => ({
      ...codes,
      seed: SEED,
      document: Buffer.from(document).toString('latin1'),
    }));
}

const JUNK = [
  null,
  true,
  0,
  1,
  2,
  3,
  4,
  -1,
  0.5,
  2 ** 53,
  '',
  'csam',
  'alice',
  'tvec',
  'sandbox',
  [],
  {},
] as const;
const junk = fc.constantFrom<unknown>(
  ...JUNK,
  ...[
    '0'.repeat(64),
    'A'.repeat(43),
    'hub.test',
    'other.test',
    'named',
    'anonymous',
    'auth',
    'retract',
    'held',
  ],
);

/** Parts that are signed or hashed, and the members that one of them may change. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  hub: ['origin', 'keys', 'time', 'kind', 'cairn', 'more'],
  hubKey: ['kty', 'crv', 'x', 'y', 'kid', 'd'],
  key: ['member', 'purpose', 'key', 'jwk', 'time', 'kind'],
  entry: ['op', 'type', 'value', 'salt', 'labels', 'quality', 'expires', 'reason', 'more'],
  manifest: ['iss', 'aud', 'jti', 'iat', 'channel', 'attribution', 'count', 'root', 'head', 'more'],
  content: [
    'cairn',
    'salt',
    'channel',
    'attribution',
    'count',
    'root',
    'decisions',
    'accepted',
    'held',
    'more',
  ],
  author: ['cairn', 'salt', 'member', 'group', 'key', 'counter', 'manifest', 'more'],
  leaf: ['content', 'author', 'head', 'time', 'kind', 'more'],
  decision: ['line', 'verdict', 'code', 'prev', 'more'],
  standing: ['iss', 'iat', 'size', 'member', 'key', 'since', 'revoked', 'voidFrom', 'more'],
  promise: ['iss', 'sub', 'jti', 'digest', 'received', 'counter', 'deadline', 'more'],
  last: ['time', 'kind', 'more'],
};

const signedLie: fc.Arbitrary<Forgery> = fc.constantFrom(...Object.keys(PARTS)).chain((part) =>
  fc
    .uniqueArray(fc.constantFrom(...PARTS[part]!), { minLength: 1, maxLength: 2 })
    .chain((names) =>
      fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), fc.oneof(junk, fc.constant(undefined))))),
    )
    .map((members) => ({ [part]: Object.fromEntries(members) })),
);

/** A copy in which one member, at whatever depth, is left out, said otherwise, or takes the place of another. */
function restructured(document: Document): fc.Arbitrary<Document> {
  const places = placesIn(document);
  return fc
    .tuple(fc.constantFrom(...places), fc.oneof(junk, fc.constant(undefined), fc.constantFrom(...places)))
    .map(([place, change]) => {
      const copy = structuredClone(document);
      const value = Array.isArray(change) && change.length > 0 ? at(document, change as string[]) : change;
      const parent = at(copy, place.slice(0, -1)) as Record<string, unknown>;
      if (Array.isArray(parent) && value === undefined) parent.pop();
      else parent[place.at(-1)!] = value;
      return copy;
    });
}

function placesIn(value: unknown, place: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => [
    [...place, name],
    ...placesIn(part, [...place, name]),
  ]);
}

function at(value: unknown, place: readonly string[]): unknown {
  return place.reduce((part, name) => (part as Record<string, unknown>)[name], value);
}

/** A copy that differs in one place: a bit, a byte more or less, or the end cut off. */
function damaged(document: Uint8Array): fc.Arbitrary<Uint8Array> {
  const piece = fc.constantFrom(
    '\n',
    '\r',
    ' ',
    '0',
    '-',
    ',',
    '"',
    '\\u0000',
    'é',
    '\u007f',
    '\u2028',
    '\ufeff',
    '=',
  );
  const place = fc.nat(document.length - 1);
  const cut = (from: number, to: number, middle: Uint8Array) =>
    Buffer.concat([document.subarray(0, from), middle, document.subarray(to)]);
  return fc.oneof(
    fc.tuple(place, fc.nat(7)).map(([i, bit]) => cut(i, i + 1, Buffer.of(document[i]! ^ (1 << bit)))),
    fc.tuple(place, piece).map(([i, text]) => cut(i, i, Buffer.from(text))),
    fc.tuple(place, fc.integer({ min: 1, max: 3 })).map(([i, n]) => cut(i, i + n, Buffer.of())),
    place.map((i) => document.subarray(0, i)),
  );
}

const sample = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] =>
  fc.sample(arbitrary, { numRuns, seed: SEED });

given('two checkers of the same documents', () => {
  const kinds: [string, () => Promise<Document>][] = [
    ['whole proof', () => forge.proof()],
    ['blinded proof', async () => blinded(await forge.proof())],
    ['own proof', async () => own(await forge.proof())],
    ['evidence of an overdue promise', () => forge.evidence()],
  ];

  it.each(kinds)(
    'judge copies of a %s alike',
    async (_, make) => {
      const document = await make();
      const bytes = spelled(document);
      const copies = [
        ...sample(damaged(bytes), COPIES),
        ...sample(restructured(document), COPIES).map(spelled),
      ];
      expect(judgedThere([bytes])).toEqual(['OK']);
      expect(await differing([bytes, ...copies])).toEqual([]);
    },
    CASE_MS,
  );

  it(
    'judge alike what author, hub and log say otherwise and sign',
    async () => {
      const documents: Uint8Array[] = [];
      for (const lie of sample(signedLie, SIGNED_LIES)) {
        if (lie.promise !== undefined || lie.last !== undefined)
          documents.push(spelled(await forge.evidence(lie)));
        else
          documents.push(
            ...[await forge.proof(lie)].flatMap((proof) => [proof, blinded(proof), own(proof)].map(spelled)),
          );
        if (lie.hub !== undefined || lie.hubKey !== undefined || lie.manifest !== undefined)
          documents.push(spelled(await forge.evidence(lie)));
      }
      expect(await differing(documents)).toEqual([]);
    },
    CASE_MS,
  );
});

const REVOKED = { revoked: 3, voidFrom: 2 };
const LIES: [string, string, Forgery][] = [
  ['nothing', 'OK', {}],
  ['a key that was revoked since', 'OK', { standing: REVOKED }],
  ['a member more in the document', 'UNKNOWN_FIELD', { document: { more: 1 } }],
  ['another hub', 'WRONG_AUDIENCE', { document: { origin: 'other.test' } }],
  ['another index', 'EVIDENCE_MISMATCH', { document: { index: 1 } }],
  ['an index beyond 2^53', 'MALFORMED_JSON', { document: { index: 2 ** 53 } }],
  [
    'the leaf of a tick',
    'EVIDENCE_MISMATCH',
    { leaf: { kind: 'tick', content: undefined, author: undefined, head: undefined } },
  ],
  ['a content body of another batch', 'EVIDENCE_MISMATCH', { content: { channel: 'tvec' } }],
  ['an author body that the leaf does not name', 'DIGEST_MISMATCH', { leaf: { author: '0'.repeat(64) } }],
  [
    'a manifest that the author body does not name',
    'DIGEST_MISMATCH',
    { author: { manifest: '0'.repeat(64) } },
  ],
  ['a manifest for another hub', 'WRONG_AUDIENCE', { manifest: { aud: 'other.test' } }],
  ['a manifest of another member', 'EVIDENCE_MISMATCH', { manifest: { iss: 'bob' } }],
  [
    'a manifest with another head',
    'EVIDENCE_MISMATCH',
    { manifest: { head: { size: 1, root: '0'.repeat(64) } } },
  ],
  ['the key of another member', 'EVIDENCE_MISMATCH', { key: { member: 'bob' } }],
  ['a key to log in with', 'EVIDENCE_MISMATCH', { key: { purpose: 'auth' } }],
  ['a key under another thumbprint', 'DIGEST_MISMATCH', { key: { key: 'A'.repeat(43) } }],
  ['the hub statement of another hub', 'EVIDENCE_MISMATCH', { hub: { origin: 'other.test' } }],
  ['a hub without keys', 'BAD_SIGNATURE', { hub: { keys: [] } }],
  ['a promise key that no curve has', 'BAD_SIGNATURE', { hubKey: { x: `${'A'.repeat(42)}E` } }],
  ['the standing of another key', 'EVIDENCE_MISMATCH', { standing: { since: 2 } }],
  ['a standing by another hub', 'EVIDENCE_MISMATCH', { standing: { iss: 'other.test' } }],
  ['a standing from before the submission', 'EVIDENCE_MISMATCH', { standing: { size: 2 } }],
  ['a standing beyond the checkpoint', 'EVIDENCE_MISMATCH', { standing: { size: 5 } }],
  ['a revocation to come', 'EVIDENCE_MISMATCH', { standing: { ...REVOKED, revoked: 4 } }],
  ['half a revocation', 'EVIDENCE_MISMATCH', { standing: { revoked: 3 } }],
  ['a line at another place', 'ROOT_MISMATCH', { document: { line: 0 } }],
  ['a line that is no entry', 'BAD_VALUE', { entry: { value: 'AB' } }],
  ['a decision about another line', 'EVIDENCE_MISMATCH', { decision: { line: 2 } }],
  ['a decision that follows itself', 'EVIDENCE_MISMATCH', { decision: { prev: 2 } }],
];
const BROKEN_PROMISES: [string, string, Forgery][] = [
  ['nothing', 'OK', {}],
  ['another hub', 'WRONG_AUDIENCE', { document: { origin: 'other.test' } }],
  ['a promise about another manifest', 'DIGEST_MISMATCH', { promise: { digest: '0'.repeat(64) } }],
  ['a promise of another hub', 'EVIDENCE_MISMATCH', { promise: { iss: 'other.test' } }],
  ['a promise to another member', 'EVIDENCE_MISMATCH', { promise: { sub: 'bob' } }],
  ['a promise with a member more', 'UNKNOWN_FIELD', { promise: { more: 1 } }],
  ['a promise without a deadline', 'MISSING_FIELD', { promise: { deadline: undefined } }],
  ['a checkpoint from before the deadline', 'EVIDENCE_MISMATCH', { document: { seen: 1 } }],
  ['a leaf of a kind that nobody knows', 'UNKNOWN_KIND', { last: { kind: 'other' } }],
  ['a hub without keys', 'BAD_SIGNATURE', { hub: { keys: [] } }],
];

given('two checkers of the same lie', () => {
  it.each([
    ['proofs of entries', LIES, (lie: Forgery) => forge.proof(lie)],
    ['promises', BROKEN_PROMISES, (lie: Forgery) => forge.evidence(lie)],
  ] as const)('name the same error of %s', async (_, lies, make) => {
    const documents: Uint8Array[] = [];
    for (const [, , lie] of lies) documents.push(spelled(await make(lie)));
    const there = judgedThere(documents);
    const named = lies.map(([what], i) => [what, there[i]]);
    expect(named).toEqual(lies.map(([what, code]) => [what, code]));
    expect(await Promise.all(documents.map(judgedHere))).toEqual(there);
  });
});
