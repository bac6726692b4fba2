import {
  decodeUtf8,
  openLeaf,
  parseStrictJson,
  ProtocolError,
  readRound,
  StrictJsonError,
  PackError,
  type JsonObject,
  type OpenedLeaf,
  type ProofTrust,
  type ProvedLeaf,
} from '#libs/protocol';
import { leafHash, parseTlogProof, TlogError, verifyTlogProof } from '#libs/tlog';
import { ANCHOR_LIMIT_MS } from '../anchor/judge-anchoring.js';
import type { HubPolicy } from '../config/hub-policy.js';
import { proofTrust } from '../provenance/entry-proofs.js';
import {
  readDocument,
  refuse,
  rejecting,
  requireLeaf,
  requireSpelling,
  requireString,
  requireTime,
  writeDocument,
} from './evidence-document.js';
import { openNote, openSignedHead } from './signed-head.js';

/** What the member `cairn` of such a file says. */
export const ANCHOR_EVIDENCE = 'anchor-evidence/1';

/** `unanchored`: a head of a feed that the log did not publish in time. `kept-back`: a published one that was not served in time. */
export type AnchorKind = 'unanchored' | 'kept-back';

/** What feed and log said when they did not agree in time (docs/protocol-evidence.md, "Feed and log"). */
export interface AnchorEvidence {
  readonly kind: AnchorKind;
  /** The hub's name. */
  readonly origin: string;
  /** Channel. */
  readonly feed: string;
  /** Checkpoint of the feed, as served. */
  readonly note: string;
  /** The last round of that checkpoint, proved under it; null when it could not be had. */
  readonly round: ProvedLeaf | null;
  /** `kept-back`: the statement that publishes a greater head; else null. */
  readonly published: ProvedLeaf | null;
  /** Last leaf of the provenance log. */
  readonly last: ProvedLeaf;
  /** When the reader first saw the head, or the statement, and when it read the log, Unix milliseconds by its clock. */
  readonly seen: number;
  readonly read: number;
}

/** What such evidence shows. */
export interface CheckedAnchor {
  readonly kind: AnchorKind;
  readonly origin: string;
  readonly feed: string;
  /** Rounds that the feed's checkpoint has. */
  readonly size: number;
  /** Time of its last round, Unix milliseconds, signed by the hub; null when it is not part of the evidence. */
  readonly roundTime: number | null;
  /** The greater head that the log publishes. */
  readonly published: { readonly size: number; readonly index: number; readonly time: number } | null;
  /** Leaves of the provenance log, and time of the last of them. */
  readonly logSize: number;
  readonly logTime: number;
  readonly seen: number;
  readonly read: number;
  /** Whether the log itself had gone on for more than five minutes: then no clock but the hub's is needed. */
  readonly pastByLog: boolean;
}

const MEMBERS = ['kind', 'origin', 'feed', 'note', 'round', 'published', 'last', 'seen', 'read'] as const;

/** The one spelling of evidence. */
export function encodeAnchorEvidence(evidence: AnchorEvidence): Uint8Array {
  const { kind, origin, feed, note, seen, read } = evidence;
  const [round, published, last] = [evidence.round, evidence.published, evidence.last].map(
    (proved) => proved && { leaf: proved.leaf, proof: proved.proof },
  );
  return writeDocument(ANCHOR_EVIDENCE, { kind, origin, feed, note, round, published, last, seen, read });
}

/**
 * Verifies such evidence offline, under the pinned policy. It holds when what it shows is signed by the hub and more than five minutes had
 * passed. That the log publishes no such head, or that the feed was not served further, is the reader's word.
 *
 * @throws ClientError `PROOF_REJECTED`
 */
export function checkAnchorEvidence(
  hub: HubPolicy,
  file: Uint8Array,
  subject: string,
): Promise<CheckedAnchor> {
  return rejecting(subject, () => check(decode(file), proofTrust(hub)));
}

function decode(bytes: Uint8Array): AnchorEvidence {
  const json = readDocument(bytes, MEMBERS);
  const { kind } = json;
  if (kind !== 'unanchored' && kind !== 'kept-back')
    return refuse('BAD_FIELD', 'kind', 'must be unanchored or kept-back');
  const evidence: AnchorEvidence = {
    kind,
    origin: requireString(json, 'origin'),
    feed: requireString(json, 'feed'),
    note: requireString(json, 'note'),
    round: leafOrNull(json, 'round'),
    published: leafOrNull(json, 'published'),
    last: requireLeaf(json, 'last'),
    seen: requireTime(json, 'seen'),
    read: requireTime(json, 'read'),
  };
  requireSpelling(bytes, encodeAnchorEvidence(evidence));
  return evidence;
}

function leafOrNull(json: JsonObject, field: string): ProvedLeaf | null {
  return json[field] === null ? null : requireLeaf(json, field);
}

function check(evidence: AnchorEvidence, trust: ProofTrust): CheckedAnchor {
  const { kind, origin, feed, note, seen, read } = evidence;
  if (origin !== trust.origin) refuse('WRONG_AUDIENCE', 'origin', 'must be the pinned hub');
  const log = `${origin}/feed/${feed}`;
  const { size } = openNote(note, 'note', log, trust);
  const roundTime = evidence.round === null ? null : openRound(evidence.round, { log, note, size }, trust);
  const last = openLeaf(evidence.last, 'last', trust);
  if (last.index !== last.size - 1) refuse('EVIDENCE_MISMATCH', 'last.proof', 'must be of the last leaf');
  const published = openPublished(evidence, { log, size, last }, trust);
  const from = kind === 'unanchored' ? roundTime : published!.time;
  const pastByLog = from !== null && last.statement.time - from > ANCHOR_LIMIT_MS;
  if (!pastByLog && read - seen <= ANCHOR_LIMIT_MS)
    refuse(
      'EVIDENCE_MISMATCH',
      'read',
      'must be more than five minutes after seen, unless the log is past them',
    );
  const logTime = last.statement.time;
  return {
    kind,
    origin,
    feed,
    size,
    roundTime,
    published,
    logSize: last.size,
    logTime,
    seen,
    read,
    pastByLog,
  };
}

/** The time of the last round, proved under the very checkpoint. */
function openRound(
  { leaf, proof }: ProvedLeaf,
  { log, note, size }: { log: string; note: string; size: number },
  { policy }: ProofTrust,
): number {
  try {
    const bytes = Buffer.from(leaf);
    const { extra, checkpoint } = parseTlogProof(proof);
    if (extra !== undefined) throw new TlogError('malformed', 'proof: must have no extra line');
    const { index } = verifyTlogProof(policy, proof, leafHash(bytes), log);
    if (index !== size - 1 || checkpoint !== note)
      refuse('EVIDENCE_MISMATCH', 'round.proof', 'must be of the last round under the same checkpoint');
    return readRound(parseStrictJson(decodeUtf8(bytes)), leaf).time;
  } catch (error) {
    if (error instanceof TlogError) return refuse('NOT_IN_LOG', 'round.proof', error.message);
    if (error instanceof StrictJsonError || error instanceof PackError)
      return refuse('BAD_FIELD', 'round.leaf', 'must be a round');
    throw error;
  }
}

function openPublished(
  { kind, published }: AnchorEvidence,
  { log, size, last }: { log: string; size: number; last: OpenedLeaf },
  trust: ProofTrust,
): CheckedAnchor['published'] {
  if ((published === null) !== (kind === 'unanchored'))
    throw new ProtocolError({
      code: 'BAD_FIELD',
      field: 'published',
      rule: 'must be there if and only if kind is kept-back',
    });
  if (published === null) return null;
  const head = openSignedHead(published, 'published', log, trust);
  if (parseTlogProof(published.proof).checkpoint !== last.note)
    refuse('EVIDENCE_MISMATCH', 'published.proof', 'must have the checkpoint of last.proof');
  if (head.size <= size) refuse('EVIDENCE_MISMATCH', 'published.leaf', 'must be of more rounds than note');
  return { size: head.size, ...head.published! };
}
