import { ed25519 } from '@noble/curves/ed25519.js';
import {
  formatCheckpoint,
  formatTlogProof,
  MerkleTree,
  NOTE_SIGNATURE,
  sha256,
  signNote,
  verifierKey,
  type TlogPolicy,
} from '#libs/tlog';
import { fromHex, toHex } from '../hex.js';
import { utf8 } from '../refusal.arbitrary.js';
import { decisionsRoot, type Decision } from '../submission/decisions.js';
import { linesRoot, splitLines } from '../submission/lines.js';
import { MANIFEST_TYP, type Manifest } from '../submission/manifest.js';
import type { SubmissionBytes, VerifyManifest } from './check-submission.js';
import { commitment, encodeAuthor, encodeContent } from './commitments.js';
import { jwkThumbprint } from './jwk.js';
import type { RelayedReference, RelayTrust } from './relayed.js';
import { encodeStatement } from './statement-codec.js';
import type { HubStatement, PublicJwk, Statement } from './statement.js';

/** RFC 8032, section 7.1: the keys of TEST 1 (author) and TEST 2 (log). */
const AUTHOR_SEED = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')!;
const LOG_SEED = fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb')!;

export const TIME = 1_795_400_000_000;
const JTI = '0192f0c1-7a6b-7c3d-8e9f-000000000001';
const CONTENT_SALT = 'c0c1c2c3c4c5c6c7c8c9cacbcccdcecf';
const AUTHOR_SALT = 'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf';

export const LINES = [
  '{"op":"assert","type":"sha256","value":"50d858e0985ecc7f60418aaf0cc5ab587f42c2570a884095a9e8ccacd0f6545c",' +
    '"salt":"000102030405060708090a0b0c0d0e0f","labels":["a1"],"expires":"2027-12-31","media":"video"}\n',
  '{"op":"assert","type":"pdq","value":"f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22",' +
    '"salt":"101112131415161718191a1b1c1d1e1f","labels":["a1","b2"],"quality":80}\n',
].join('');

export const DECISIONS: readonly Decision[] = [
  { verdict: 'accepted', code: null, prev: null },
  { verdict: 'accepted', code: null, prev: null },
];

export const JWK = jwkOf(AUTHOR_SEED);

/** The public key of a seed. */
export function jwkOf(seed: Uint8Array): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(ed25519.getPublicKey(seed)).toString('base64url') };
}

/** The log of an example hub with one submission in it, and what a verifier of that submission needs. */
export interface ExampleLog {
  leaves: Uint8Array[];
  /** Index of the submission. */
  index: number;
  manifest: Manifest;
  bytes: SubmissionBytes;
  reference: RelayedReference;
  trust: RelayTrust;
}

/** Changes of the example before anything is signed or hashed, so that only one rule is broken. */
export interface Tampering {
  manifest?: Partial<Manifest>;
  content?: Partial<Parameters<typeof encodeContent>[0]>;
  author?: Partial<Parameters<typeof encodeAuthor>[0]>;
  leaf?: (leaf: Statement) => Statement;
}

/** The example as the hub `origin` has it. */
export async function exampleLog(
  origin: string,
  tampering: Tampering = {},
  hubKeys: HubStatement['keys'] = [],
): Promise<ExampleLog> {
  const manifest = { ...manifestOf(origin), ...tampering.manifest };
  const token = signManifest(manifest);
  const { content, author } = bodiesOf(manifest, token, tampering);
  const submission: Statement = {
    kind: 'submission',
    content: commitment(content),
    author: commitment(author),
    head: null,
    time: TIME + 1000,
  };
  const leaf = encodeStatement(tampering.leaf?.(submission) ?? submission);
  const leaves = [...beginning(origin, hubKeys), leaf, encodeStatement({ kind: 'tick', time: TIME + 2000 })];
  const index = leaves.length - 2;
  const { proof, policy } = await prove(`${origin}/log`, leaves, index);
  return {
    leaves,
    index,
    manifest,
    bytes: { leaf, content, author, manifest: token, jwk: JWK, lines: utf8(LINES) },
    reference: { origin, index, proof },
    trust: { origin, policy, verifyManifest },
  };
}

function manifestOf(origin: string): Manifest {
  return {
    iss: 'hotline-a',
    aud: origin,
    jti: JTI,
    iat: TIME / 1000,
    channel: 'csam',
    attribution: 'anonymous',
    count: 2,
    root: linesRoot(splitLines(utf8(LINES))),
    head: null,
  };
}

/** The manifest as a compact JWS by the author's key. */
export function signManifest(manifest: Manifest): string {
  return signToken(MANIFEST_TYP, manifest, AUTHOR_SEED);
}

/** A compact JWS by the Ed25519 key of a seed. */
export function signToken(typ: string, payload: object, seed: Uint8Array): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'Ed25519', kid: jwkThumbprint(jwkOf(seed)), typ })}.${part(payload)}`;
  return `${signed}.${Buffer.from(ed25519.sign(utf8(signed), seed)).toString('base64url')}`;
}

function bodiesOf(
  { channel, attribution, count, root }: Manifest,
  token: string,
  tampering: Tampering,
): { content: Uint8Array; author: Uint8Array } {
  const content = encodeContent({
    salt: CONTENT_SALT,
    channel,
    attribution,
    count,
    root,
    decisions: decisionsRoot(DECISIONS),
    accepted: 2,
    held: 0,
    rejected: 0,
    ...tampering.content,
  });
  const author = encodeAuthor({
    salt: AUTHOR_SALT,
    member: 'hotline-a',
    group: 'group-a',
    key: jwkThumbprint(JWK),
    counter: 1,
    manifest: toHex(sha256(utf8(token))),
    ...tampering.author,
  });
  return { content, author };
}

function beginning(origin: string, keys: HubStatement['keys']): Uint8Array[] {
  const labels = [
    { code: 1, label: 'a1' },
    { code: 2, label: 'b2' },
  ];
  const policy = { tlp: 'amber', types: ['pdq', 'sha256'], labels, corroboration: 2 } as const;
  const facts = {
    code: 1,
    name: 'Example Hotline',
    memberKind: 'hotline',
    group: 'group-a',
    accredited: true,
  } as const;
  const member = 'hotline-a';
  const statements: Statement[] = [
    { kind: 'hub', origin, keys, time: TIME },
    { kind: 'channel', channel: 'csam', policy, time: TIME },
    { kind: 'member', member, ...facts, time: TIME },
    { kind: 'key', member, purpose: 'signing', key: jwkThumbprint(JWK), jwk: JWK, time: TIME },
    { kind: 'right', member, channel: 'csam', submit: true, receive: false, time: TIME },
  ];
  return statements.map(encodeStatement);
}

async function prove(
  log: string,
  leaves: readonly Uint8Array[],
  index: number,
): Promise<{ proof: string; policy: TlogPolicy }> {
  const tree = MerkleTree.ofLeaves(leaves);
  const key = verifierKey(log, NOTE_SIGNATURE, ed25519.getPublicKey(LOG_SEED));
  const checkpoint = await signNote(formatCheckpoint({ origin: log, size: tree.size, root: tree.root() }), [
    { name: log, keyId: key.keyId, sign: (message) => ed25519.sign(message, LOG_SEED) },
  ]);
  const proof = formatTlogProof({ index, proof: tree.inclusionProof(index), checkpoint });
  return { proof, policy: { logs: [{ key }], witnesses: [], groups: [], quorum: 'none' } };
}

/** Verifies compact JWS of Ed25519 keys. */
export const verifyManifest: VerifyManifest = (token, jwk) => verifyToken(token, MANIFEST_TYP, jwk);

/** Verifies compact JWS of Ed25519 keys and of one type. */
export function verifyToken(token: string, wanted: string, jwk: PublicJwk): Uint8Array | null {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.');
  const parts = [header, payload, signature].map((part) => Buffer.from(part, 'base64url'));
  const canonical = parts.map((part) => part.toString('base64url')).join('.') === token;
  if (!canonical || rest.length > 0) return null;
  const { alg, kid, typ } = readHeader(parts[0]!);
  if (alg !== 'Ed25519' || kid !== jwkThumbprint(jwk) || typ !== wanted) return null;
  const key = Uint8Array.from(Buffer.from(jwk.x, 'base64url'));
  const bytes = Uint8Array.from(parts[2]!);
  const holds =
    bytes.length === 64 && ed25519.verify(bytes, utf8(`${header}.${payload}`), key, { zip215: false });
  return holds ? Uint8Array.from(parts[1]!) : null;
}

function readHeader(bytes: Buffer): Record<string, string> {
  try {
    return JSON.parse(bytes.toString()) as Record<string, string>;
  } catch {
    return {};
  }
}
