import { sha256 } from '#libs/tlog';
import { toHex } from '../hex.js';
import { parseJsonBytes } from '../json-bytes.js';
import { ProtocolError } from '../protocol-error.js';
import { commitment, decodeAuthor, type AuthorBody, type ContentBody } from '../statement/commitments.js';
import type { HubStatement, KeyStatement, SubmissionStatement } from '../statement/statement.js';
import { MANIFEST_TYP, readManifest, type Manifest } from '../submission/manifest.js';
import type { ProvedAuthor } from './entry-proof.js';
import { KEY_STANDING_TYP, readKeyStanding, type KeyStanding } from './key-standing.js';
import { check, openLeaf, requireKind, utf8, type OpenedLeaf, type ProofTrust } from './open-leaf.js';

/** Who signed, as the log and the manifest say. */
export interface VerifiedAuthor {
  member: string;
  /** Control group when it was decided, by the hub's word. */
  group: string;
  /** Thumbprint of the key that signed, and index of its `key` statement. */
  key: string;
  keyIndex: number;
  /** `jti` and `iat` (Unix seconds) of the manifest. */
  jti: string;
  signedAt: number;
  channel: string;
  attribution: 'named' | 'anonymous';
  /** By the hub's signature only. */
  standing: KeyStanding;
}

/** The submission whose author is in question. */
export interface OpenedSubmission {
  opened: OpenedLeaf;
  statement: SubmissionStatement;
  content: ContentBody | null;
}

const DIFFERENT = 'EVIDENCE_MISMATCH';

/**
 * Verifies who signed a submission: author body, key statement before it, manifest, and what the hub signs of the key's later standing.
 *
 * @throws ProtocolError of the first rule that is broken, naming field and rule
 */
export async function verifyAuthor(
  author: ProvedAuthor,
  submission: OpenedSubmission,
  trust: ProofTrust,
): Promise<{ manifest: Manifest; verified: VerifiedAuthor }> {
  const body = openBody(author.body, submission.statement);
  const { index: keyIndex, key } = openKey(author, body, submission.opened, trust);
  const manifest = await openManifest(author, body, key, trust);
  requireSameClaims(manifest, body, submission);
  const hub = openHub(author, submission.opened, trust);
  const standing = await openStanding(author.standing, hub, trust);
  requireStanding(standing, { keyIndex, body, origin: trust.origin }, submission.opened);
  const { member, group, key: thumbprint } = body;
  const { jti, iat: signedAt, channel, attribution } = manifest;
  const facts = { member, group, key: thumbprint, keyIndex, jti, signedAt, channel, attribution };
  return { manifest, verified: { ...facts, standing } };
}

function openBody(text: string, statement: SubmissionStatement): AuthorBody {
  const bytes = utf8(text);
  const rule = 'must be what the leaf commits to';
  check(commitment(bytes) === statement.author, 'DIGEST_MISMATCH', 'author.body', rule);
  return decodeAuthor(bytes);
}

function openKey(
  author: ProvedAuthor,
  body: AuthorBody,
  submission: OpenedLeaf,
  trust: ProofTrust,
): { index: number; key: KeyStatement } {
  const { statement, index, note } = openLeaf(author.key, 'author.key', trust);
  requireSameNote(note, submission, 'author.key.proof');
  const key = requireKind(statement, 'key', 'author.key.leaf');
  const same = key.member === body.member && key.key === body.key && key.purpose === 'signing';
  check(same, DIFFERENT, 'author.key.leaf', 'must register the signing key of the author body');
  check(index < submission.index, DIFFERENT, 'author.key.proof', 'must be of a leaf before the submission');
  return { index, key };
}

/** Two checkpoints of one size need not be one history: the file speaks of one tree only. */
function requireSameNote(note: string, submission: OpenedLeaf, field: string): void {
  check(note === submission.note, DIFFERENT, field, 'must have the checkpoint of the submission');
}

async function openManifest(
  { manifest }: ProvedAuthor,
  body: AuthorBody,
  { jwk }: KeyStatement,
  { origin, verifyToken }: ProofTrust,
): Promise<Manifest> {
  const digest = toHex(sha256(utf8(manifest)));
  check(digest === body.manifest, 'DIGEST_MISMATCH', 'author.manifest', 'must be that of the author body');
  const payload = await verifyToken(manifest, MANIFEST_TYP, jwk);
  if (payload === null) throw badSignature('author.manifest', 'must be signed with the key of the author');
  const claims = readManifest(parseJsonBytes(payload, 'manifest'));
  check(claims.aud === origin, 'WRONG_AUDIENCE', 'manifest.aud', 'must be the pinned hub');
  return claims;
}

function requireSameClaims(
  manifest: Manifest,
  body: AuthorBody,
  { statement, content }: OpenedSubmission,
): void {
  check(manifest.iss === body.member, DIFFERENT, 'manifest.iss', 'must be the member of the author body');
  const { head } = statement;
  const sameHead = manifest.head?.size === head?.size && manifest.head?.root === head?.root;
  check(sameHead, DIFFERENT, 'manifest.head', 'must be that of the leaf');
  if (content === null) return;
  for (const name of ['channel', 'attribution', 'count', 'root'] as const) {
    check(
      manifest[name] === content[name],
      DIFFERENT,
      `manifest.${name}`,
      'must be that of the content body',
    );
  }
}

function openHub(author: ProvedAuthor, submission: OpenedLeaf, trust: ProofTrust): HubStatement {
  const { statement, index, note } = openLeaf(author.hub, 'author.hub', trust);
  requireSameNote(note, submission, 'author.hub.proof');
  check(index === 0, DIFFERENT, 'author.hub.proof', 'must be of leaf 0');
  const hub = requireKind(statement, 'hub', 'author.hub.leaf');
  check(hub.origin === trust.origin, DIFFERENT, 'author.hub.leaf', 'must be the statement of the pinned hub');
  return hub;
}

async function openStanding(
  token: string,
  { keys }: HubStatement,
  { verifyToken }: ProofTrust,
): Promise<KeyStanding> {
  for (const { purpose, jwk } of keys) {
    const payload = purpose === 'promise' ? await verifyToken(token, KEY_STANDING_TYP, jwk) : null;
    if (payload !== null) return readKeyStanding(parseJsonBytes(payload, 'standing'));
  }
  throw badSignature('author.standing', 'must be signed with a promise key of the hub statement');
}

function requireStanding(
  { iss, member, key, since, size, revoked, voidFrom }: KeyStanding,
  { keyIndex, body, origin }: { keyIndex: number; body: AuthorBody; origin: string },
  submission: OpenedLeaf,
): void {
  check(iss === origin, DIFFERENT, 'standing.iss', 'must be the pinned hub');
  const same = member === body.member && key === body.key && since === keyIndex;
  check(same, DIFFERENT, 'standing.key', 'must be about the key of the author body');
  const inside = size > submission.index && size <= submission.size;
  check(inside, DIFFERENT, 'standing.size', 'must cover the submission and be covered by the checkpoint');
  const pair = (revoked === null) === (voidFrom === null);
  check(pair, DIFFERENT, 'standing.voidFrom', 'must be there if and only if revoked is');
  const past = revoked === null || (revoked > since && revoked < size && voidFrom! <= revoked);
  check(past, DIFFERENT, 'standing.revoked', 'must be an index after since, below size, not below voidFrom');
}

function badSignature(field: string, rule: string): ProtocolError {
  return new ProtocolError({ code: 'BAD_SIGNATURE', field, rule });
}
