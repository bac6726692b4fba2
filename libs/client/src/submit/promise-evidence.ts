import {
  LIMITS,
  MAX_PROMISE_BYTES,
  openLeaf,
  parseJsonBytes,
  PROMISE_TYP,
  readManifest,
  readPromise,
  toHex,
  type JsonObject,
  type OpenedLeaf,
  type ProofTrust,
  type ProvedLeaf,
  type SubmissionPromise,
} from '#libs/protocol';
import { decodeBase64url } from '#libs/keys';
import { sha256 } from '#libs/tlog';
import type { HubPolicy } from '../config/hub-policy.js';
import {
  readDocument,
  refuse,
  rejecting,
  requireLeaf,
  requireSpelling,
  requireString,
  requireTime,
  writeDocument,
} from '../evidence/evidence-document.js';
import { proofTrust } from '../provenance/entry-proofs.js';

/** What the member `cairn` of such a file says. */
export const EVIDENCE_VERSION = 'promise-evidence/1';

/** A broken promise with what shows it (docs/protocol-proof.md, "Overdue promises"). */
export interface PromiseEvidence {
  readonly origin: string;
  /** Compact JWS of the manifest, and of the promise about it. */
  readonly manifest: string;
  readonly promise: string;
  /** Leaf 0, which has the promise key, and the last leaf, under one checkpoint. */
  readonly hub: ProvedLeaf;
  readonly last: ProvedLeaf;
  /** When the checkpoint was read, Unix milliseconds by the reader's clock. */
  readonly seen: number;
}

/** What evidence shows. */
export interface CheckedEvidence {
  readonly origin: string;
  readonly member: string;
  readonly jti: string;
  readonly counter: number;
  /** Unix milliseconds, signed by the hub. */
  readonly receivedAt: number;
  readonly deadline: number;
  /** Leaves of the signed tree, and time of the last of them. */
  readonly size: number;
  readonly lastTime: number;
  readonly seen: number;
  /** Whether the log itself had gone past the deadline: then no clock but the hub's is needed. */
  readonly pastDeadline: boolean;
}

const MEMBERS = ['origin', 'manifest', 'promise', 'hub', 'last', 'seen'] as const;

/** The one spelling of evidence. */
export function encodePromiseEvidence(evidence: PromiseEvidence): Uint8Array {
  const { origin, manifest, promise, hub, last, seen } = evidence;
  const leaf = ({ leaf: text, proof }: ProvedLeaf): ProvedLeaf => ({ leaf: text, proof });
  return writeDocument(EVIDENCE_VERSION, {
    ...{ origin, manifest, promise, hub: leaf(hub), last: leaf(last), seen },
  });
}

/**
 * Verifies evidence offline, under the pinned policy. It holds when the hub promised to log a submission by a time that had passed when the
 * checkpoint was read. That the log does not hold the submission is the reader's word: the hub can disprove it by showing the leaf.
 *
 * @throws ClientError `PROOF_REJECTED`
 */
export function checkPromiseEvidence(
  hub: HubPolicy,
  file: Uint8Array,
  subject: string,
): Promise<CheckedEvidence> {
  return rejecting(subject, () => check(decode(file), proofTrust(hub)));
}

function decode(bytes: Uint8Array): PromiseEvidence {
  const json = readDocument(bytes, MEMBERS);
  const evidence: PromiseEvidence = {
    origin: requireString(json, 'origin'),
    manifest: requireText(json, 'manifest', LIMITS.manifestBytes),
    promise: requireText(json, 'promise', MAX_PROMISE_BYTES),
    hub: requireLeaf(json, 'hub'),
    last: requireLeaf(json, 'last'),
    seen: requireTime(json, 'seen'),
  };
  requireSpelling(bytes, encodePromiseEvidence(evidence));
  return evidence;
}

/** The text in a member, of at most so many bytes. */
function requireText(json: JsonObject, field: string, most: number): string {
  const text = requireString(json, field);
  if (Buffer.byteLength(text) > most) refuse('TOO_LARGE', field, `must be at most ${most} bytes`);
  return text;
}

async function check(evidence: PromiseEvidence, trust: ProofTrust): Promise<CheckedEvidence> {
  const { origin, seen } = evidence;
  if (origin !== trust.origin) refuse('WRONG_AUDIENCE', 'origin', 'must be the pinned hub');
  const hub = openLeaf(evidence.hub, 'hub', trust);
  const last = openLeaf(evidence.last, 'last', trust);
  requireEnds(hub, last);
  const promise = await openPromise(evidence.promise, hub, trust);
  const { sub, jti, deadline, received, counter } = promise;
  requireManifest(evidence, promise);
  if (seen <= deadline) refuse('EVIDENCE_MISMATCH', 'seen', 'must be after the deadline');
  const lastTime = last.statement.time;
  return {
    ...{ origin, member: sub, jti, counter, receivedAt: received, deadline },
    ...{ size: hub.size, lastTime, seen, pastDeadline: lastTime > deadline },
  };
}

function requireEnds(hub: OpenedLeaf, last: OpenedLeaf): void {
  if (hub.note !== last.note)
    refuse('EVIDENCE_MISMATCH', 'last.proof', 'must have the checkpoint of hub.proof');
  if (hub.index !== 0) refuse('EVIDENCE_MISMATCH', 'hub.proof', 'must be of leaf 0');
  if (last.index !== last.size - 1) refuse('EVIDENCE_MISMATCH', 'last.proof', 'must be of the last leaf');
}

async function openPromise(
  token: string,
  { statement }: OpenedLeaf,
  { origin, verifyToken }: ProofTrust,
): Promise<SubmissionPromise> {
  if (statement.kind !== 'hub' || statement.origin !== origin)
    return refuse('EVIDENCE_MISMATCH', 'hub.leaf', 'must be the statement of the pinned hub');
  for (const { purpose, jwk } of statement.keys) {
    const payload = purpose === 'promise' ? await verifyToken(token, PROMISE_TYP, jwk) : null;
    if (payload !== null) return ofHub(readPromise(parseJsonBytes(payload, 'promise')), origin);
  }
  return refuse('BAD_SIGNATURE', 'promise', 'must be signed with a promise key of the hub statement');
}

function ofHub(promise: SubmissionPromise, origin: string): SubmissionPromise {
  if (promise.iss !== origin) refuse('EVIDENCE_MISMATCH', 'promise.iss', 'must be the pinned hub');
  return promise;
}

function requireManifest(
  { manifest, origin }: PromiseEvidence,
  { sub, jti, digest }: SubmissionPromise,
): void {
  const payload = payloadOf(manifest);
  if (toHex(sha256(payload)) !== digest)
    refuse('DIGEST_MISMATCH', 'manifest', 'must be what the promise is about');
  const { iss, aud, jti: named } = readManifest(parseJsonBytes(payload, 'manifest'));
  const same = iss === sub && aud === origin && named === jti;
  if (!same) refuse('EVIDENCE_MISMATCH', 'manifest', 'must be of the author and hub of the promise');
}

/** The payload of a compact JWS; a promise covers neither its header nor its signature. */
function payloadOf(token: string): Uint8Array {
  const parts = token.split('.').map(decodeBase64url);
  if (parts.length === 3 && !parts.includes(null)) return parts[1]!;
  return refuse('BAD_FIELD', 'manifest', 'must be a compact JWS');
}
