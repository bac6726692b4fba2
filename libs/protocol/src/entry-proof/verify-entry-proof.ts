import type { ContentBody } from '../statement/commitments.js';
import type { Decision } from '../submission/decisions.js';
import type { Entry } from '../submission/entry.js';
import { parseEntry } from '../submission/lines.js';
import { decodeEntryProof, type EntryProof } from './entry-proof.js';
import { check, openLeaf, requireKind, utf8, type ProofTrust } from './open-leaf.js';
import { verifyAuthor, type VerifiedAuthor } from './verify-author.js';
import { openContent, openDecision, requireInTree } from './verify-decision.js';

/** An entry that is in the log. */
export interface VerifiedEntryProof {
  origin: string;
  index: number;
  line: number;
  entry: Entry;
  /** Time of the leaf, Unix milliseconds: when the hub says that it logged the submission. */
  time: number;
  /** Size of the tree under the accepted checkpoint. */
  size: number;
  /** Null for an author who may not receive the channel; then the decision is not proved. */
  content: ContentBody | null;
  decision: Decision | null;
  /** Null in a blinded proof: who signed, and that anybody did, is then not proved. */
  author: VerifiedAuthor | null;
}

/**
 * Verifies an entry proof offline, from the log's signature down to the line: docs/protocol-proof.md, "Verifying".
 *
 * @param file the exact bytes of the file
 * @throws ProtocolError of the first rule that is broken, naming field and rule
 */
export async function verifyEntryProof(file: Uint8Array, trust: ProofTrust): Promise<VerifiedEntryProof> {
  const proof = decodeEntryProof(file);
  // White space to JSON, but never part of a line.
  check(!/[\r\n]/.test(proof.entry), 'BAD_FIELD', 'entry', 'must be one line without line ends');
  check(proof.origin === trust.origin, 'WRONG_AUDIENCE', 'origin', 'must be the pinned hub');
  const opened = openLeaf(proof.submission, 'submission', trust);
  const statement = requireKind(opened.statement, 'submission', 'submission.leaf');
  check(opened.index === proof.index, 'EVIDENCE_MISMATCH', 'index', 'must be that of the proof of the leaf');
  const content = proof.content === null ? null : openContent(proof.content, statement);
  const author =
    proof.author === null ? null : await verifyAuthor(proof.author, { opened, statement, content }, trust);
  const { root, count } = content ?? author!.manifest;
  requirePath(proof, { root, count });
  return {
    origin: proof.origin,
    index: proof.index,
    line: proof.line,
    entry: parseEntry(utf8(proof.entry)),
    time: statement.time,
    size: opened.size,
    content,
    decision: content === null ? null : openDecision({ ...proof, decision: proof.decision! }, content),
    author: author && author.verified,
  };
}

function requirePath(
  { entry, line, path }: EntryProof,
  { root, count }: Pick<ContentBody, 'root' | 'count'>,
): void {
  requireInTree(utf8(entry), { line, path, root, count }, 'path');
}
