import { sha256 } from '#libs/tlog';
import { toHex } from '../hex.js';
import { parseJsonBytes } from '../json-bytes.js';
import { ProtocolError, type ProtocolErrorCode } from '../protocol-error.js';
import type { Entry } from '../submission/entry.js';
import { joinErasedLines, parseLines, rootOfLines, type ErasedLineHash } from '../submission/erased-lines.js';
import { readManifest, type Manifest } from '../submission/manifest.js';
import { commitment, decodeAuthor, decodeContent, type AuthorBody, type ContentBody } from './commitments.js';
import { jwkThumbprint } from './jwk.js';
import { decodeStatement } from './statement-codec.js';
import type { PublicJwk, Statement, SubmissionStatement } from './statement.js';

/**
 * Verifies the signature of a manifest by the rules of docs/protocol-keys.md, "Signed tokens", with `typ` `MANIFEST_TYP`, and
 * returns the payload byte for byte; null when it does not hold.
 */
export type VerifyManifest = (
  token: string,
  jwk: PublicJwk,
) => Uint8Array | null | Promise<Uint8Array | null>;

/** The exact bytes behind one submission of a log, as they were received. Nothing vouches for them yet. */
export interface SubmissionBytes {
  /** The leaf. */
  leaf: Uint8Array;
  /** The body behind its `content`. */
  content: Uint8Array;
  /** The body behind its `author`. */
  author: Uint8Array;
  /** The manifest: a compact JWS. */
  manifest: string;
  /** Public key of the author; it is the right one if it has the thumbprint in the author body. */
  jwk: PublicJwk;
  /** The lines, each with its LF, but for those that are erased. */
  lines: Uint8Array;
  /** Leaf hashes of the lines that are erased, by ascending line; none when left out. */
  erased?: readonly ErasedLineHash[];
}

/** Lines of the submission that `erase` statements of its log name: only these may be without bytes. */
export type NamedLines = Pick<ReadonlySet<number>, 'has'>;

const NO_LINES: NamedLines = new Set();

/** A submission whose bytes all belong to one leaf. */
export interface CheckedSubmission {
  statement: SubmissionStatement & { time: number };
  content: ContentBody;
  author: AuthorBody;
  manifest: Manifest;
  /** By line; null for an erased one. */
  entries: (Entry | null)[];
}

/** As much of a submission as somebody is shown: what is not is null. A manifest comes with its author body, lines with a manifest. */
export type EvidenceBytes = Pick<SubmissionBytes, 'leaf' | 'erased'> & {
  [Part in Exclude<keyof SubmissionBytes, 'leaf' | 'erased'>]: SubmissionBytes[Part] | null;
};

/** As much of a submission as was shown, each part belonging to one leaf; the manifest's signature is verified. */
export interface CheckedEvidence {
  statement: SubmissionStatement & { time: number };
  content: ContentBody | null;
  author: AuthorBody | null;
  manifest: Manifest | null;
  /** By line; null for an erased one. */
  entries: (Entry | null)[] | null;
}

/**
 * Checks that the bytes of a submission belong to its leaf and to each other, from the leaf down: commitments, digest of the
 * manifest, key and signature, audience, claims, entry root, and each entry by itself. It does not check that the leaf is in a log,
 * nor the decisions of the hub.
 *
 * @param origin hub for which the manifest must have been signed.
 * @param named lines that `erase` statements name; none unless given
 * @throws ProtocolError naming the field and the rule.
 */
export async function checkSubmission(
  bytes: SubmissionBytes,
  origin: string,
  verifyManifest: VerifyManifest,
  named: NamedLines = NO_LINES,
): Promise<CheckedSubmission> {
  return (await checkEvidence(bytes, origin, verifyManifest, named)) as CheckedSubmission;
}

/**
 * The same of as much of a submission as there is.
 *
 * @throws ProtocolError naming the field and the rule.
 */
export async function checkEvidence(
  bytes: EvidenceBytes,
  origin: string,
  verifyManifest: VerifyManifest,
  named: NamedLines = NO_LINES,
): Promise<CheckedEvidence> {
  const statement = requireSubmission(decodeStatement(bytes.leaf));
  const { content, author } = openBodies(bytes, statement);
  const manifest = author === null ? null : await openManifest(bytes, author, verifyManifest);
  if (manifest !== null) {
    check(manifest.aud === origin, 'WRONG_AUDIENCE', 'manifest.aud', 'must be the hub whose leaf it is');
    checkClaims(manifest, { statement, content, author: author! });
  }
  const entries =
    manifest === null || bytes.lines === null
      ? null
      : openLines(bytes.lines, requireNamed(bytes.erased ?? [], named), manifest);
  return { statement, content, author, manifest, entries };
}

function requireSubmission(statement: Statement): SubmissionStatement & { time: number } {
  if (statement.kind === 'submission') return statement;
  throw new ProtocolError({ code: 'EVIDENCE_MISMATCH', field: 'kind', rule: 'must be submission' });
}

function openBodies(
  { content, author }: EvidenceBytes,
  statement: SubmissionStatement,
): { content: ContentBody | null; author: AuthorBody | null } {
  const rule = 'must be the commitment to the body';
  const isOf = (body: Uint8Array | null, digest: string): boolean =>
    body === null || commitment(body) === digest;
  check(isOf(content, statement.content), 'DIGEST_MISMATCH', 'content', rule);
  check(isOf(author, statement.author), 'DIGEST_MISMATCH', 'author', rule);
  return {
    content: content === null ? null : decodeContent(content),
    author: author === null ? null : decodeAuthor(author),
  };
}

const encoder = new TextEncoder();

async function openManifest(
  { manifest, jwk }: EvidenceBytes,
  author: AuthorBody,
  verifyManifest: VerifyManifest,
): Promise<Manifest> {
  if (manifest === null || jwk === null) {
    const rule = 'must come with the author body, and with the key that the log registered';
    throw new ProtocolError({ code: 'EVIDENCE_MISMATCH', field: 'manifest', rule });
  }
  const digest = toHex(sha256(encoder.encode(manifest)));
  check(
    digest === author.manifest,
    'DIGEST_MISMATCH',
    'author.manifest',
    'must be the digest of the manifest',
  );
  check(jwkThumbprint(jwk) === author.key, 'DIGEST_MISMATCH', 'author.key', 'must be the thumbprint of jwk');
  const payload = await verifyManifest(manifest, jwk);
  if (payload !== null) return readManifest(parseJsonBytes(payload, 'manifest'));
  throw new ProtocolError({ code: 'BAD_SIGNATURE', field: 'manifest', rule: 'must be signed with jwk' });
}

/** What the author signed and what the hub committed to must be the same where both speak of it. */
function checkClaims(
  manifest: Manifest,
  { statement, content, author }: Pick<CheckedEvidence, 'statement' | 'content'> & { author: AuthorBody },
): void {
  const code = 'EVIDENCE_MISMATCH';
  check(manifest.iss === author.member, code, 'manifest.iss', 'must be the member of the author body');
  for (const name of ['channel', 'attribution', 'count', 'root'] as const) {
    const same = content === null || manifest[name] === content[name];
    check(same, code, `manifest.${name}`, 'must be that of the content body');
  }
  const sameHead =
    manifest.head?.size === statement.head?.size && manifest.head?.root === statement.head?.root;
  check(sameHead, code, 'manifest.head', 'must be that of the leaf');
}

/** Whoever could leave out bytes of lines at will would pass off a part of a submission as all that is left of it. */
function requireNamed(erased: readonly ErasedLineHash[], named: NamedLines): readonly ErasedLineHash[] {
  const unnamed = erased.find(({ line }) => !named.has(line));
  if (unnamed === undefined) return erased;
  const rule = 'must be lines that an erase statement of the log names';
  throw new ProtocolError({ code: 'EVIDENCE_MISMATCH', field: 'erased', rule }).atLine(unnamed.line);
}

function openLines(
  bytes: Uint8Array,
  erased: readonly ErasedLineHash[],
  { count, root }: Manifest,
): (Entry | null)[] {
  const lines = joinErasedLines(bytes, erased, count);
  check(lines !== null, 'COUNT_MISMATCH', 'manifest.count', 'must be the number of lines');
  const rule = 'must be the RFC 9162 root over the lines';
  check(rootOfLines(lines!, erased) === root, 'ROOT_MISMATCH', 'manifest.root', rule);
  return parseLines(lines!);
}

function check(holds: boolean, code: ProtocolErrorCode, field: string, rule: string): void {
  if (!holds) throw new ProtocolError({ code, field, rule });
}
