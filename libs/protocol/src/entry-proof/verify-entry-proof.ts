import { leafHash, verifyInclusion, type TlogError } from '#libs/tlog';
import { fromHex } from '../hex.js';
import { ProtocolError } from '../protocol-error.js';
import { commitment, decodeContent, type ContentBody } from '../statement/commitments.js';
import type { SubmissionStatement } from '../statement/statement.js';
import { readDecisionLine, type Decision } from '../submission/decisions.js';
import type { Entry } from '../submission/entry.js';
import { parseEntry } from '../submission/lines.js';
import { decodeEntryProof, type EntryProof } from './entry-proof.js';
import { check, openLeaf, requireKind, utf8, type ProofTrust } from './open-leaf.js';
import { verifyAuthor, type VerifiedAuthor } from './verify-author.js';

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
    decision: content === null ? null : openDecision(proof, content),
    author: author && author.verified,
  };
}

function openContent(text: string, statement: SubmissionStatement): ContentBody {
  const bytes = utf8(text);
  check(
    commitment(bytes) === statement.content,
    'DIGEST_MISMATCH',
    'content',
    'must be what the leaf commits to',
  );
  return decodeContent(bytes);
}

function requirePath(
  { entry, line, path }: EntryProof,
  { root, count }: Pick<ContentBody, 'root' | 'count'>,
): void {
  requireInTree(utf8(entry), { line, path, root, count }, 'path');
}

function openDecision(proof: EntryProof, { decisions: root, count }: ContentBody): Decision {
  const { line, path } = proof.decision!;
  const bytes = utf8(line);
  requireInTree(bytes, { line: proof.line, path, root, count }, 'decision.path');
  const read = readDecisionLine(bytes);
  check(
    read.line === proof.line,
    'EVIDENCE_MISMATCH',
    'decision.line',
    'must be about the line of the entry',
  );
  const { prev } = read.decision;
  check(prev === null || prev < proof.index, 'EVIDENCE_MISMATCH', 'decision.prev', 'must be below the index');
  return read.decision;
}

interface Place {
  line: number;
  path: readonly string[];
  /** Hex. */
  root: string;
  count: number;
}

function requireInTree(bytes: Uint8Array, { line, path, root, count }: Place, field: string): void {
  try {
    verifyInclusion({
      leafHash: leafHash(bytes),
      index: line,
      size: count,
      root: fromHex(root)!,
      proof: path.map((hash) => fromHex(hash)!),
    });
  } catch (error) {
    // Everything was parsed before: there is nothing to throw but a TlogError.
    throw new ProtocolError({ code: 'ROOT_MISMATCH', field, rule: (error as TlogError).message });
  }
}
