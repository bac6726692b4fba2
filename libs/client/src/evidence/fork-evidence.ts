import { fromHex, isJsonObject, toHex, type JsonObject, type ProvedLeaf } from '#libs/protocol';
import { equalBytes, TlogError, verifyConsistency, type TreeHead } from '#libs/tlog';
import type { HubPolicy } from '../config/hub-policy.js';
import type { ProvenFork } from '../log/prove-fork.js';
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
import { openSignedHead, type OpenedHead, type SignedHead } from './signed-head.js';

/** What the member `cairn` of such a file says. */
export const FORK_EVIDENCE = 'fork-evidence/1';

/** Two signed heads of one log that contradict each other (docs/protocol-evidence.md, "Two heads"). */
export interface ForkEvidence {
  /** The hub's name. */
  readonly origin: string;
  /** Name of the log that both heads are of. */
  readonly log: string;
  /** The head of the smaller size. */
  readonly first: SignedHead;
  readonly second: SignedHead;
  /** The root that the second head has at the size of the first, with the proof of that; null when it could not be had. */
  readonly fork: ProvenFork | null;
  /** When the second of them was met, Unix milliseconds by the reader's clock. */
  readonly seen: number;
}

/** What evidence of two heads shows. */
export interface CheckedFork {
  readonly kind: 'fork' | 'mismatch';
  readonly origin: string;
  readonly log: string;
  readonly first: OpenedHead;
  readonly second: OpenedHead;
  readonly seen: number;
}

const MEMBERS = ['origin', 'log', 'first', 'second', 'other', 'path', 'seen'] as const;

/** The one spelling of evidence. */
export function encodeForkEvidence({ origin, log, first, second, fork, seen }: ForkEvidence): Uint8Array {
  const other = fork === null ? null : toHex(fork.other);
  const path = fork === null ? [] : fork.path.map(toHex);
  return writeDocument(FORK_EVIDENCE, {
    ...{ origin, log, first: spelled(first), second: spelled(second), other, path, seen },
  });
}

/**
 * Verifies evidence of two heads offline, under the pinned policy. A `fork` holds whoever shows it: the hub's keys signed both heads, and the
 * second has another past than the first. A `mismatch` shows that they signed both, and no more.
 *
 * @throws ClientError `PROOF_REJECTED`
 */
export function checkForkEvidence(hub: HubPolicy, file: Uint8Array, subject: string): Promise<CheckedFork> {
  return rejecting(subject, () => check(hub, decode(file)));
}

function decode(bytes: Uint8Array): ForkEvidence {
  const json = readDocument(bytes, MEMBERS);
  const evidence: ForkEvidence = {
    origin: requireString(json, 'origin'),
    log: requireString(json, 'log'),
    first: readHead(json, 'first'),
    second: readHead(json, 'second'),
    fork: readFork(json),
    seen: requireTime(json, 'seen'),
  };
  requireSpelling(bytes, encodeForkEvidence(evidence));
  return evidence;
}

function check(hub: HubPolicy, { origin, log, ...evidence }: ForkEvidence): CheckedFork {
  const trust = proofTrust(hub);
  if (origin !== trust.origin) refuse('WRONG_AUDIENCE', 'origin', 'must be the pinned hub');
  if (log !== `${origin}/log` && !log.startsWith(`${origin}/feed/`))
    refuse('BAD_FIELD', 'log', 'must be a log of the hub');
  const first = openSignedHead(evidence.first, 'first', log, trust);
  const second = openSignedHead(evidence.second, 'second', log, trust);
  if (first.size === 0 || first.size > second.size)
    refuse('EVIDENCE_MISMATCH', 'second', 'must be of the size of first or more, which is at least 1');
  if (evidence.fork !== null) requireFork(first, second, evidence.fork);
  const kind = evidence.fork === null ? 'mismatch' : 'fork';
  return { kind, origin, log, first, second, seen: evidence.seen };
}

/** The second head commits to `other` at the size of the first, and `other` is not what the first says. */
function requireFork(first: TreeHead, second: TreeHead, { other, path }: ProvenFork): void {
  try {
    verifyConsistency({ first: { size: first.size, root: other }, second, proof: path });
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    refuse('ROOT_MISMATCH', 'path', 'must lead from other to the root of second');
  }
  if (equalBytes(other, first.root))
    refuse('EVIDENCE_MISMATCH', 'other', 'must be another root than that of first');
}

function spelled(head: SignedHead): SignedHead {
  return 'note' in head ? { note: head.note } : { leaf: head.leaf, proof: head.proof };
}

function readHead(json: JsonObject, field: string): { note: string } | ProvedLeaf {
  const value = json[field];
  if (isJsonObject(value) && typeof value['note'] === 'string') return { note: value['note'] };
  return requireLeaf(json, field);
}

function readFork({ other, path }: JsonObject): ProvenFork | null {
  const hashes = Array.isArray(path) ? path.map(readHash) : [null];
  if (!hashes.every((hash) => hash !== null)) refuse('BAD_FIELD', 'path', 'must be hashes');
  if (other === null) return null;
  const root = readHash(other);
  return root === null
    ? refuse('BAD_FIELD', 'other', 'must be a hash or null')
    : { other: root, path: hashes as Uint8Array[] };
}

function readHash(value: unknown): Uint8Array | null {
  const bytes = typeof value === 'string' ? fromHex(value) : null;
  return bytes?.length === 32 ? bytes : null;
}
