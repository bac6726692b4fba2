/**
 * Every rule of the protocol that a document can break (docs/protocol-submission.md, "Errors"). The code is stable; the
 * wording of messages is not.
 */
export type ProtocolErrorCode =
  | 'MALFORMED_JSON'
  | 'MALFORMED_UTF8'
  | 'BAD_FRAMING'
  | 'TOO_LARGE'
  | 'TOO_MANY_ENTRIES'
  | 'MISSING_FIELD'
  | 'UNKNOWN_FIELD'
  | 'BAD_FIELD'
  | 'UNKNOWN_TYPE'
  | 'BAD_VALUE'
  | 'UNKNOWN_OPERATION'
  | 'OPERATION_NOT_ENABLED'
  | 'COUNT_MISMATCH'
  | 'ROOT_MISMATCH'
  | 'DIGEST_MISMATCH'
  | 'EVIDENCE_MISMATCH'
  | 'BAD_SIGNATURE'
  | 'WRONG_AUDIENCE'
  | 'NOT_IN_LOG'
  | 'UNKNOWN_KIND'
  | 'KIND_NOT_ENABLED'
  | 'INVALID_HISTORY';

/** Where a document breaks a rule: the field's name, the entry's line (zero-based), and the rule in words. */
export interface ProtocolProblem {
  code: ProtocolErrorCode;
  /** Name of the offending field, such as `value` or `manifest.count`. */
  field: string;
  /** The rule that was broken. Never holds the offending value: values are sensitive. */
  rule: string;
  /** Zero-based line of the submission, where the problem is inside one entry. */
  line?: number;
}

/** A document that breaks the protocol. The message names field and rule and never quotes a value. */
export class ProtocolError extends Error {
  readonly code: ProtocolErrorCode;
  readonly field: string;
  readonly rule: string;
  readonly line: number | undefined;

  constructor(problem: ProtocolProblem) {
    const place = problem.line === undefined ? problem.field : `line ${problem.line}: ${problem.field}`;
    super(`${place}: ${problem.rule}`);
    this.name = 'ProtocolError';
    this.code = problem.code;
    this.field = problem.field;
    this.rule = problem.rule;
    this.line = problem.line;
  }

  /** The same problem, said of entry `line`. */
  atLine(line: number): ProtocolError {
    return new ProtocolError({ code: this.code, field: this.field, rule: this.rule, line });
  }
}
