import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { gatePublicKey, generateSigningKey, type PublicKeyRecord } from '#libs/keys';
import {
  decodeAuthor,
  decodeContent,
  decodeMetadata,
  decodePack,
  decodeStateDirectory,
  decodeStatement,
  decodeUtf8,
  encodeAuthor,
  encodeContent,
  encodeStatement,
  PackError,
  parseEntry,
  parseJsonBytes,
  parseStrictJson,
  type ProjectionState,
  ProtocolError,
  type PublicJwk,
  readManifest,
  readRound,
  type SignalState,
  splitLines,
  type StatementBody,
  StateChunkDecoder,
  stateChunkOf,
  StateEncoder,
  StrictJsonError,
  toHex,
} from '#libs/protocol';
import {
  formatTlogProof,
  formatVerifierKey,
  NOTE_SIGNATURE,
  parseCheckpoint,
  parseNote,
  parsePolicy,
  parseTlogProof,
  TlogError,
  verifierKey,
} from '#libs/tlog';
import { runStranger, strangerCanRun } from '#test/stranger';
import { add, MD5, metadata, remove, SHA256, update } from '../client/support/signals.js';
import { TestFeed } from '../client/support/test-feed.js';

const given = strangerCanRun() ? describe : describe.skip;
/** Changed copies of each document by an environment variable. */
const CHANGES = Number(process.env['STRANGER_CHANGES'] ?? 400);

const digest = () => randomBytes(32).toString('hex');
const salt = () => randomBytes(16).toString('hex');
const bytes = (text: string) => Buffer.from(text);

/** How each kind of document is read here; it throws one of the errors below when it is refused. */
const READERS: Record<string, (document: Uint8Array) => unknown> = {
  json: (document) => parseStrictJson(decodeUtf8(document)),
  metadata: decodeMetadata,
  pack: decodePack,
  round: (document) => {
    const text = decodeUtf8(document);
    return readRound(parseStrictJson(text), text);
  },
  lines: splitLines,
  // What an entry is a line of can be split again.
  entry: (document) => {
    const lines = splitLines(Buffer.concat([document, bytes('\n')]));
    if (lines.length > 1)
      throw new ProtocolError({ code: 'BAD_FRAMING', field: 'entry', rule: 'must be one line' });
    return parseEntry(lines[0]!);
  },
  manifest: (document) => readManifest(parseJsonBytes(document, 'manifest')),
  content: decodeContent,
  author: decodeAuthor,
  leaf: decodeStatement,
  directory: decodeStateDirectory,
  chunk: (document) => {
    const buffer = Buffer.from(document);
    const end = 4 + (buffer.length < 4 ? buffer.length : buffer.readUInt32BE());
    if (end >= buffer.length)
      throw new ProtocolError({ code: 'BAD_FRAMING', field: 'chunk', rule: 'must be there' });
    const decoder = new StateChunkDecoder(decodeStateDirectory(buffer.subarray(4, end)));
    return [...decoder.decode(buffer[end]!, buffer.subarray(end + 1))];
  },
  jwk: (document) => {
    const result = gatePublicKey(parseStrictJson(decodeUtf8(document)));
    if (!result.ok) throw new ProtocolError({ code: 'BAD_FIELD', field: result.field, rule: result.rule });
  },
  policy: parsePolicy,
  note: (document) => parseCheckpoint(parseNote(document).text),
  proof: parseTlogProof,
};

function isRefusal(error: unknown): boolean {
  return [ProtocolError, PackError, StrictJsonError, TlogError].some((kind) => error instanceof kind);
}

function accepts(kind: string, document: Uint8Array): boolean {
  try {
    READERS[kind]!(document);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

const FACTS = {
  supporters: 4,
  labels: [{ code: 1, count: 2 }],
  expiryDay: 20_000,
  quality: 80,
  authors: [3, 200],
};

function feedDocuments(): [string, Uint8Array][] {
  const feed = new TestFeed('hub.test', 'csam');
  feed.publish([{ shape: SHA256, changes: [add(SHA256, 0, FACTS), add(SHA256, 1), add(SHA256, 2)] }]);
  feed.publish([{ shape: SHA256, changes: [add(SHA256, 3), update(SHA256, 0), remove(SHA256, 1, 2)] }]);
  feed.idle();
  feed.rollUp({ from: 0, to: 3 });
  feed.rollUp({ from: 2, to: 3 });
  feed.snapshot(SHA256, true);
  feed.snapshot(MD5, false);
  return [
    ['metadata', metadata({ ...FACTS, unknown: [{ tag: 300, payload: randomBytes(3) }] })],
    ['metadata', metadata()],
    ...[...feed.packs.values()].map((pack): [string, Uint8Array] => ['pack', pack]),
    ...feed.log.leaves.map((leaf): [string, Uint8Array] => ['round', leaf]),
  ];
}

async function logDocuments(): Promise<[string, Uint8Array][]> {
  const feed = new TestFeed('hub.test', 'csam');
  for (let i = 0; i < 5; i++) feed.idle();
  const checkpoint = await feed.log.checkpoint();
  const witness = generateSigningKey('Ed25519').publicKey.jwk;
  const raw = Buffer.from((JSON.parse(witness) as { x: string }).x, 'base64url');
  const key = verifierKey('witness.test', 0x04, raw);
  const log = formatVerifierKey(verifierKey('hub.test/log', NOTE_SIGNATURE, raw));
  const proof = feed.log.inclusionProof(2);
  return [
    ['note', bytes(checkpoint)],
    ['proof', bytes(formatTlogProof({ index: 2, proof, checkpoint }))],
    ['proof', bytes(formatTlogProof({ index: 2, proof, checkpoint, extra: randomBytes(4) }))],
    ['policy', bytes(`log ${log} https://hub.test\n# pinned\nquorum none\n`)],
    ['policy', bytes(`log ${log}\n \t# x\nwitness w ${formatVerifierKey(key)}\ngroup g 1 w\n\nquorum g\n`)],
  ];
}

function submissionDocuments(): [string, Uint8Array][] {
  const batch = { channel: 'csam', attribution: 'named', count: 3, root: digest() } as const;
  const manifest = { iss: 'alice', aud: 'hub.test:8080', jti: randomUUID(), iat: 1_795_400_000, ...batch };
  const entry = { op: 'assert', type: 'pdq', value: digest(), salt: salt() };
  const rest = { labels: ['a', 'b.c'], quality: 7, expires: '2024-02-29', legalBasis: 'x-1', media: 'other' };
  const { kid, jwk } = generateSigningKey('Ed25519').publicKey;
  const author = { salt: salt(), member: 'alice', group: 'g', key: kid, counter: 1, manifest: digest() };
  const content = { salt: salt(), ...batch, decisions: digest(), accepted: 1, held: 2, rejected: 0 };
  return [
    ['json', bytes('{"a":[1,-2,{"\\u00e9\\ud83d\\ude00":"é\\n"}],"b":null,"c":true,"":9007199254740991}')],
    ['entry', bytes(JSON.stringify({ ...entry, ...rest }))],
    ['entry', bytes(JSON.stringify({ ...entry, op: 'retract', reason: 'legal' }))],
    ['lines', bytes('{"a":1}\n{"b":2}\n')],
    ['manifest', bytes(JSON.stringify({ ...manifest, head: { size: 4, root: digest() } }))],
    ['manifest', bytes(JSON.stringify({ ...manifest, head: null }))],
    ['content', encodeContent(content)],
    ['author', encodeAuthor(author)],
    ['jwk', bytes(jwk)],
    ['jwk', bytes(generateSigningKey('ES256').publicKey.jwk)],
  ];
}

/** A statement of each kind. */
function statementDocuments(): [string, Uint8Array][] {
  const [ed25519, p256] = [generateSigningKey('Ed25519').publicKey, generateSigningKey('ES256').publicKey];
  const jwk = (key: PublicKeyRecord) => JSON.parse(key.jwk) as PublicJwk;
  const facts = {
    code: 1,
    name: 'Zoë’s «hotline»',
    memberKind: 'hotline',
    group: 'g',
    accredited: true,
  } as const;
  const labels = [
    { code: 1, label: 'a1' },
    { code: 32_767, label: 'b.c' },
  ];
  const policy = { tlp: 'amber+strict', types: ['md5', 'pdq'], labels, corroboration: 2 } as const;
  const admission = {
    ...{ endorsements: 2, foundingMembers: 3, objectionDays: 14, probationDays: 90 },
    ...{ probationEntriesADay: 1000, conformanceDays: 90, attestationDays: 365 },
  };
  const member = 'alice';
  const statements: StatementBody[] = [
    { kind: 'hub', origin: 'hub.test:8080', keys: [{ purpose: 'token', jwk: jwk(p256) }] },
    { kind: 'channel', channel: 'csam', policy },
    { kind: 'member', member, ...facts },
    { kind: 'member_status', member, status: 'probation' },
    { kind: 'key', member, purpose: 'signing', key: ed25519.kid, jwk: jwk(ed25519) },
    { kind: 'key_revoked', member, key: p256.kid, from: 3, reason: 'lost' },
    { kind: 'right', member, channel: 'csam', submit: true, receive: false },
    { kind: 'recall', member, from: 0 },
    { kind: 'agreement', member, version: 1, digest: digest() },
    { kind: 'admission_policy', policy: admission },
    { kind: 'bootstrap', staff: 3 },
    { kind: 'submission', content: digest(), author: digest(), head: { size: 3, root: digest() } },
    { kind: 'submission', content: digest(), author: digest(), head: null },
    { kind: 'tick' },
    { kind: 'published', feeds: [{ feed: 'csam', size: 3, root: digest() }] },
    { kind: 'audit', size: 3, head: digest() },
    { kind: 'state', size: 3, root: digest() },
  ];
  return statements.map((body) => ['leaf', encodeStatement({ ...body, time: 1_795_400_000_000 })]);
}

const operation = { member: 'alice', named: true, void: false, quality: null, expires: null, labels: [] };

/** A signal with all that an operation can have, and one of which nothing came. */
function signalsOf(key: string): Map<string, SignalState> {
  const said = randomBytes(32);
  const operations = [
    { ...operation, key, index: 3, line: 9, op: 'assert', labels: [2, 1], quality: 7, expires: 20_000 },
    { ...operation, key, index: 3, line: 10, op: 'retract', named: false, void: true },
  ] as const;
  const signal = { key: said, latest: 4, operations: new Map([['alice', [...operations]]]) };
  return new Map([[toHex(said), { ...signal, reason: 0, metadata: null }]]);
}

function stateDocuments(): [string, Uint8Array][] {
  const keys = [generateSigningKey('Ed25519'), generateSigningKey('ES256')].map(
    ({ publicKey }) => publicKey.kid,
  );
  const labels = [1, 2].map((code) => ({ code, label: `l${code}` }));
  const policy = { tlp: 'amber', types: ['md5', 'pdq'], labels, corroboration: 2 } as const;
  const facts = { code: 3, name: 'Ä "\\" 🪨', kind: 'hotline', group: 'g', accredited: true } as const;
  const state: ProjectionState = {
    ...{ size: 5, time: 1_795_400_000_000, now: 0, origin: 'hub.test:8080' },
    members: new Map([['alice', { member: 'alice', ...facts, status: 'active', submissions: 2 }]]),
    codes: new Map([[3, 'alice']]),
    keys: new Map([
      [keys[0]!, { member: 'alice', purpose: 'signing', revokedAt: null }],
      [keys[1]!, { member: 'alice', purpose: 'auth', revokedAt: 4 }],
    ]),
    channels: new Map(
      ['csam', 'tvec'].map((name) => [
        name,
        {
          policy,
          labelCodes: new Map(labels.map(({ code, label }) => [label, code])),
          rights: new Map([['alice', { submit: true, receive: false }]]),
          signals: new Map([['pdq', signalsOf(keys[0]!)]]),
        },
      ]),
    ),
  };
  const encoder = new StateEncoder(state);
  const directory = encoder.leaf(0, randomBytes(16));
  const [key] = [...state.channels.get('csam')!.signals.get('pdq')!.values()].map((signal) => signal.key);
  const chunk = stateChunkOf(key!);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(directory.length);
  const leaf = encoder.leaf(1 + chunk, randomBytes(16));
  return [
    ['directory', directory],
    ['chunk', Buffer.concat([length, directory, Buffer.of(chunk), leaf])],
    ['chunk', Buffer.concat([length, directory, Buffer.of(chunk), leaf.subarray(0, 16)])],
  ];
}

/** Pieces whose presence or absence rules speak of. */
const PIECES = [
  '\n',
  '\r',
  ' ',
  '\t',
  '\0',
  '0',
  '-',
  ',',
  '"',
  '{}',
  '\\u0000',
  '.0',
  'é',
  '\x7f',
  '\u0085',
  '\ufeff',
];

/** A copy that differs in one place: a bit, a byte, a piece put in, some bytes left out or said twice, or the end cut off. */
function changed(document: Uint8Array): Uint8Array {
  const [kind, place] = [randomInt(6), randomInt(document.length)];
  const [before, after] = [document.subarray(0, place), document.subarray(place)];
  const piece = bytes(PIECES[randomInt(PIECES.length)]!);
  const span = 1 + randomInt(4);
  const endings = [
    [Buffer.of(after[0]! ^ (1 << randomInt(8))), after.subarray(1)],
    [Buffer.of(randomInt(256)), after.subarray(1)],
    [piece, after],
    [after.subarray(span)],
    [after.subarray(0, span), after],
    randomInt(2) === 0 ? [] : [piece],
  ];
  return Buffer.concat([before, ...endings[kind]!]);
}

given('two readers of the same pages', () => {
  it.each([
    ['of a feed', feedDocuments],
    ['of a log', logDocuments],
    ['of a submission', submissionDocuments],
    ['of statements', statementDocuments],
    ['of a state', stateDocuments],
  ])('accept the same documents %s', async (_, make) => {
    const documents = await make();
    const copies = documents.flatMap(([kind, document]) => [
      [kind, document] as const,
      ...Array.from({ length: CHANGES }, () => [kind, changed(document)] as const),
    ]);
    const input = copies.map(([kind, copy]) => `${kind} ${Buffer.from(copy).toString('hex')}\n`).join('');
    const { lines } = runStranger('judge_bytes.py', [], input);
    expect(lines).toHaveLength(copies.length);
    const differing = copies
      .map(([kind, copy], i) => ({
        kind,
        here: accepts(kind, copy),
        there: lines[i]!,
        copy: Buffer.from(copy).toString('latin1'),
      }))
      .filter(({ here, there }) => here !== (there === 'OK'));
    expect(differing).toEqual([]);
    const originals = copies.map((_copy, i) => i).filter((i) => i % (CHANGES + 1) === 0);
    expect(originals.map((i) => lines[i])).toEqual(documents.map(() => 'OK'));
  });
});
