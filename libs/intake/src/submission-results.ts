import type { JwsRefusalCode } from '#libs/keys';
import type { ProtocolErrorCode } from '#libs/protocol';

/** Why a submission was refused. Nothing of it has been stored. */
export type RefusalCode =
  | ProtocolErrorCode
  | JwsRefusalCode
  | 'WRONG_ISSUER'
  | 'WRONG_AUDIENCE'
  | 'STALE_MANIFEST'
  | 'FUTURE_MANIFEST'
  | 'JTI_CONFLICT'
  | 'HEAD_MISMATCH'
  | 'KEY_NOT_ACTIVE'
  | 'MEMBER_NOT_ACTIVE'
  | 'UNKNOWN_CHANNEL'
  | 'NO_RIGHT_TO_SUBMIT'
  | 'PROBATION_LIMIT'
  | 'TYPE_NOT_IN_CHANNEL'
  | 'UNKNOWN_LABEL';

export interface SubmissionRefusal {
  ok: false;
  code: RefusalCode;
  /** Name of the offending field. */
  field: string;
  /** The rule, in words; never a value. */
  rule: string;
  /** Zero-based line, where one entry is at fault. */
  line: number | null;
  /** When the same would be taken, where time alone is in the way. */
  retryAt: Date | null;
}

/** What the author gets at once: a signed promise that the submission will be in the log by the deadline. */
export interface SubmissionReceipt {
  ok: true;
  jti: string;
  /** SHA-256 of the manifest's payload bytes, hex: with author and jti the identity of the submission. */
  digest: string;
  receivedAt: Date;
  deadline: Date;
  /** n-th submission of this member, from 1. */
  counter: number;
  /** Compact JWS, typ `cairn-promise+jws`. */
  promise: string;
}

export type SubmissionResult = SubmissionReceipt | SubmissionRefusal;

export function refuse(
  code: RefusalCode,
  field: string,
  rule: string,
  line: number | null = null,
  retryAt: Date | null = null,
): SubmissionRefusal {
  return { ok: false, code, field, rule, line, retryAt };
}
