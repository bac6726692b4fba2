import { DPOP_PROOF_TYP, tokenDigest, verifyEmbeddedJws } from '#libs/keys';
import type { JsonObject } from '#libs/protocol';
import { normaliseProofUrl } from './proof-url.js';

/** How long after its `iat` a proof is taken, and how far `iat` may lie ahead of the hub's clock (FAPI 2.0 §5.3.2.1), in seconds. */
export const PROOF_PAST_SECONDS = 60;
export const PROOF_FUTURE_SECONDS = 10;

/** By how much the clocks of the hub's own machines, the database's among them, may differ in all, in seconds. */
export const CLOCKS_SECONDS = 60;

/** How long a proof must be remembered after it was used, whenever its `iat` was, in seconds. */
export const PROOF_MEMORY_SECONDS = PROOF_PAST_SECONDS + PROOF_FUTURE_SECONDS + CLOCKS_SECONDS;

/** Signature algorithms of proofs. */
export const PROOF_ALGORITHMS = ['Ed25519', 'ES256'] as const;

/** Most characters of a proof. */
const MOST_BYTES = 4096;
const JTI = /^[\x21-\x7e]{16,128}$/;
const NONCE = /^[\x21-\x7e]{1,128}$/;

/** What a proof is held against. */
export interface ProofExpectation {
  /** Method of the request. */
  readonly method: string;
  /** The URL that the request was made to, by the hub's public URL: what a Host header says does not count. */
  readonly url: string;
  /** Unix seconds. */
  readonly now: number;
  /** The access token that came with it, and the thumbprint it is bound to; none at the token endpoint. */
  readonly token?: { readonly text: string; readonly jkt: string };
}

/** A proof that holds. Whether it was used before is another question. */
export interface CheckedProof {
  /** Thumbprint of the key that made it. */
  readonly jkt: string;
  readonly jti: string;
  /** Unix seconds. */
  readonly iat: number;
  readonly nonce: string | null;
}

/** `error` is a code of RFC 9449 §7.1; `rule` names what is wrong and holds nothing of the proof. */
export type ProofCheck =
  | { readonly ok: true; readonly proof: CheckedProof }
  | { readonly ok: false; readonly error: 'invalid_dpop_proof' | 'invalid_token'; readonly rule: string };

/**
 * Decides whether a DPoP proof is one for this request (RFC 9449 §4.3), by the strict reading of docs/protocol-keys.md §3.
 *
 * @param proofs every value of a `DPoP` header that the request has
 */
export async function checkProof(proofs: readonly string[], expected: ProofExpectation): Promise<ProofCheck> {
  if (proofs.length === 0 && expected.token !== undefined) {
    return { ok: false, error: 'invalid_token', rule: 'a token that is bound to a key needs a DPoP proof' };
  }
  if (proofs.length !== 1) return refuse('there must be exactly one DPoP header');
  const verified = await verifyEmbeddedJws({ token: proofs[0], typ: DPOP_PROOF_TYP, maxBytes: MOST_BYTES });
  if (!verified.ok) return refuse(verified.message);
  const { claims, key } = verified;
  const broken = RULES.find(({ holds }) => !holds(claims, expected));
  if (broken !== undefined) return refuse(broken.rule);
  if (expected.token !== undefined && expected.token.jkt !== key.kid) {
    return { ok: false, error: 'invalid_token', rule: 'the token is bound to another key' };
  }
  const { jti, iat, nonce = null } = claims as { jti: string; iat: number; nonce?: string };
  return { ok: true, proof: { jkt: key.kid, jti, iat, nonce } };
}

const RULES: readonly {
  rule: string;
  holds: (claims: JsonObject, expected: ProofExpectation) => boolean;
}[] = [
  {
    rule: 'jti: must be 16 to 128 visible ASCII characters',
    holds: ({ jti }) => typeof jti === 'string' && JTI.test(jti),
  },
  { rule: 'htm: must be the method of the request', holds: ({ htm }, { method }) => htm === method },
  {
    rule: "htu: must be the URL of the request, below the hub's public URL",
    holds: ({ htu }, { url }) => typeof htu === 'string' && isSameUrl(htu, url),
  },
  {
    rule: `iat: must be at most ${PROOF_PAST_SECONDS} seconds old and at most ${PROOF_FUTURE_SECONDS} seconds ahead; set the clock`,
    holds: ({ iat }, { now }) =>
      typeof iat === 'number' && iat >= now - PROOF_PAST_SECONDS && iat <= now + PROOF_FUTURE_SECONDS,
  },
  {
    rule: 'ath: must be the digest of the access token',
    holds: ({ ath }, { token }) => token === undefined || ath === tokenDigest(token.text),
  },
  {
    rule: 'nonce: must be 1 to 128 visible ASCII characters, if there is one',
    holds: ({ nonce }) => nonce === undefined || (typeof nonce === 'string' && NONCE.test(nonce)),
  },
];

function isSameUrl(shown: string, expected: string): boolean {
  const normal = normaliseProofUrl(shown);
  return normal !== null && normal === normaliseProofUrl(expected);
}

function refuse(rule: string): ProofCheck {
  return { ok: false, error: 'invalid_dpop_proof', rule };
}
