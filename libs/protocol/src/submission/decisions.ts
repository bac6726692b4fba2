import { leafHash, rootOfLeafHashes } from '#libs/tlog';
import { requireInteger, requireMembers, requireObject, requireOneOf } from '../fields.js';
import { toHex } from '../hex.js';
import { parseJsonBytes } from '../json-bytes.js';
import { LIMITS } from '../limits.js';
import { ProtocolError } from '../protocol-error.js';

/** What the hub decided about an entry. Held and rejected entries have no effect on the state. */
export const VERDICTS = ['accepted', 'held', 'rejected'] as const;
/** One of {@link VERDICTS}. */
export type Verdict = (typeof VERDICTS)[number];

/** Why an entry was held or rejected; null for accepted ones. */
export const DECISION_CODES = ['unknown_label', 'type_not_in_channel'] as const;
/** One of {@link DECISION_CODES}. */
export type DecisionCode = (typeof DECISION_CODES)[number];

/** The hub's logged decision about one entry of a submission. */
export interface Decision {
  verdict: Verdict;
  /** Null if and only if the entry was accepted. */
  code: DecisionCode | null;
  /** Log index of the nearest earlier statement with an entry about the same signal in the same channel, or null. */
  prev: number | null;
}

const encoder = new TextEncoder();

/**
 * The exact bytes of a decision line: a leaf of the decision tree.
 *
 * @param line zero-based line of the entry.
 */
export function decisionLine(line: number, decision: Decision): Uint8Array {
  const { verdict, code, prev } = decision;
  return encoder.encode(
    `{"line":${line},"verdict":"${verdict}","code":${code === null ? 'null' : `"${code}"`},"prev":${prev}}`,
  );
}

/**
 * RFC 9162 root over the decision lines, in the order of the entries, hex. The lines can be guessed, `prev` too, so who may not
 * learn whether a value was known is not shown this root (docs/protocol-submission.md, "Commitments").
 */
export function decisionsRoot(decisions: readonly Decision[]): string {
  return toHex(rootOfLeafHashes(decisions.map((decision, line) => decisionLeafHash(line, decision))));
}

/** Leaf hashes of the decision about nearly every line, accepted and about a signal without an earlier statement, by line. */
const plainLeaves: Uint8Array[] = [];

/** Leaf hash of a decision line. */
export function decisionLeafHash(line: number, decision: Decision): Uint8Array {
  const { verdict, code, prev } = decision;
  const plain = verdict === 'accepted' && code === null && prev === null && line < LIMITS.entries;
  if (!plain) return leafHash(decisionLine(line, decision));
  return (plainLeaves[line] ??= leafHash(decisionLine(line, decision)));
}

/**
 * Reads a decision line: the inverse of {@link decisionLine}, which knows one spelling only.
 *
 * @throws ProtocolError naming the field and the rule.
 */
export function readDecisionLine(bytes: Uint8Array): { line: number; decision: Decision } {
  const json = requireObject(parseJsonBytes(bytes, 'decision'), 'decision');
  requireMembers(json, ['line', 'verdict', 'code', 'prev'], [], 'decision.');
  const { code, prev } = json;
  const decision: Decision = {
    verdict: requireOneOf(json['verdict'], 'decision.verdict', VERDICTS),
    code: code === null ? null : requireOneOf(code, 'decision.code', DECISION_CODES),
    prev: prev === null ? null : requireInteger(prev, 'decision.prev', 0),
  };
  const line = requireInteger(json['line'], 'decision.line', 0, LIMITS.entries - 1);
  if ((decision.verdict === 'accepted') !== (decision.code === null)) {
    const rule = 'must be null if and only if the verdict is accepted';
    throw new ProtocolError({ code: 'BAD_FIELD', field: 'decision.code', rule });
  }
  const canonical = decisionLine(line, decision);
  if (bytes.length === canonical.length && bytes.every((byte, at) => byte === canonical[at]))
    return { line, decision };
  const rule = 'must be in its one spelling';
  throw new ProtocolError({ code: 'BAD_FRAMING', field: 'decision', rule });
}
