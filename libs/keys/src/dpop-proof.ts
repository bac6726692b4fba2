import { hash, randomBytes } from 'node:crypto';
import { CompactSign } from 'jose';
import { encodeBase64url } from './base64url.js';
import type { SigningKey } from './signing-key.js';

/** `typ` of a DPoP proof (RFC 9449 §4.2). */
export const DPOP_PROOF_TYP = 'dpop+jwt';

export interface DpopProofOptions {
  /** The key that the access token is, or will be, bound to. */
  readonly key: SigningKey;
  /** Method of the request, such as `POST`. */
  readonly method: string;
  /** URL of the request; query and fragment are left out of the proof. */
  readonly url: string;
  /** The access token that goes with the request; none at the token endpoint. */
  readonly accessToken?: string;
  /** What the server gave in `DPoP-Nonce`, if it did (RFC 9449 §8). */
  readonly nonce?: string;
  /** Seconds since 1970; the clock unless given. */
  readonly now?: number;
}

/** Builds the proof for the `DPoP` header (RFC 9449 §4.2); good for one request. */
export async function createDpopProof(options: DpopProofOptions): Promise<string> {
  const { key, method, url, accessToken, nonce, now = Math.floor(Date.now() / 1000) } = options;
  const claims = {
    jti: encodeBase64url(randomBytes(16)),
    htm: method,
    htu: url.replace(/[?#].*$/s, ''),
    iat: now,
    ...(accessToken === undefined ? {} : { ath: tokenDigest(accessToken) }),
    ...(nonce === undefined ? {} : { nonce }),
  };
  const { alg, jwk } = key.publicKey;
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg, jwk: JSON.parse(jwk) as object, typ: DPOP_PROOF_TYP })
    .sign(key.privateKey);
}

/** `ath` of an access token: SHA-256 of its ASCII characters, base64url (RFC 9449 §4.2). */
export function tokenDigest(accessToken: string): string {
  return hash('sha256', accessToken, 'base64url');
}
