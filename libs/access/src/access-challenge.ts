import { PROOF_ALGORITHMS } from './proof-check.js';

/** Why a request with credentials is not answered. */
export interface AccessRefusal {
  /** RFC 9449 §7.1 and §9. */
  readonly error: 'invalid_token' | 'invalid_dpop_proof' | 'use_dpop_nonce';
  /** What is wrong, and nothing of what was shown. Of a token the caller learns only that it is not good. */
  readonly rule: string;
  /** To be made part of the next proof. */
  readonly nonce?: string;
}

/** Value of `WWW-Authenticate` for an answer with status 401 (RFC 9449 §7.1). */
export function accessChallenge(refusal?: AccessRefusal): string {
  const algorithms = `algs="${PROOF_ALGORITHMS.join(' ')}"`;
  return refusal === undefined ? `DPoP ${algorithms}` : `DPoP error="${refusal.error}", ${algorithms}`;
}
