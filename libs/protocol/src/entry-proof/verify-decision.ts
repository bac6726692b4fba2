import { leafHash, verifyInclusion, type TlogError } from '#libs/tlog';
import { fromHex } from '../hex.js';
import { ProtocolError } from '../protocol-error.js';
import { commitment, decodeContent, type ContentBody } from '../statement/commitments.js';
import type { SubmissionStatement } from '../statement/statement.js';
import { readDecisionLine, type Decision } from '../submission/decisions.js';
import type { ProvedDecision } from './entry-proof.js';
import { check, utf8 } from './open-leaf.js';

/** What a hub shows of its decision about one entry. Nothing of it is verified yet. */
export interface ShownDecision {
  /** Log index of the submission, and line of the entry, from 0. */
  index: number;
  line: number;
  /** Exact text of the content body. */
  content: string;
  decision: ProvedDecision;
}

/** A decision that a leaf commits to, and the content body through which it does. */
export interface VerifiedDecision {
  content: ContentBody;
  decision: Decision;
}

/**
 * Verifies that a submission's leaf commits to a decision about one of its entries (docs/protocol-proof.md, "Verifying", 4 and 8). That the leaf is in
 * the log at that index is for the caller to know.
 *
 * @throws ProtocolError DIGEST_MISMATCH, ROOT_MISMATCH, EVIDENCE_MISMATCH, or as reading the content body and the decision line does
 */
export function verifyDecision(shown: ShownDecision, statement: SubmissionStatement): VerifiedDecision {
  const content = openContent(shown.content, statement);
  return { content, decision: openDecision(shown, content) };
}

/** The content body, if it is the one that the leaf commits to. */
export function openContent(text: string, statement: SubmissionStatement): ContentBody {
  const bytes = utf8(text);
  check(
    commitment(bytes) === statement.content,
    'DIGEST_MISMATCH',
    'content',
    'must be what the leaf commits to',
  );
  return decodeContent(bytes);
}

/** The decision about an entry, if it is under the decision root of the content body, and about that entry. */
export function openDecision(
  { index, line, decision }: Omit<ShownDecision, 'content'>,
  { decisions: root, count }: ContentBody,
): Decision {
  const bytes = utf8(decision.line);
  requireInTree(bytes, { line, path: decision.path, root, count }, 'decision.path');
  const read = readDecisionLine(bytes);
  check(read.line === line, 'EVIDENCE_MISMATCH', 'decision.line', 'must be about the line of the entry');
  const { prev } = read.decision;
  check(prev === null || prev < index, 'EVIDENCE_MISMATCH', 'decision.prev', 'must be below the index');
  return read.decision;
}

interface Place {
  line: number;
  path: readonly string[];
  /** Hex. */
  root: string;
  count: number;
}

/** @throws ProtocolError ROOT_MISMATCH unless the path leads from the bytes at that line to the root */
export function requireInTree(bytes: Uint8Array, { line, path, root, count }: Place, field: string): void {
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
