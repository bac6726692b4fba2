import { randomBytes } from 'node:crypto';
import { encodeBase64url } from './base64url.js';
import { KeysError } from './keys-error.js';
import { signCompactJws } from './sign-jws.js';
import type { SigningKey } from './signing-key.js';

/** `typ` of a client assertion (draft-ietf-oauth-rfc7523bis). */
export const CLIENT_ASSERTION_TYP = 'client-authentication+jwt';

/** Value of `client_assertion_type` in the token request (RFC 7523 §2.2). */
export const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const MAX_LIFETIME = 60;

export interface ClientAssertionOptions {
  readonly clientId: string;
  /** The authorization server's issuer identifier: the only audience (FAPI 2.0). */
  readonly issuer: string;
  readonly key: SigningKey;
  /** Seconds since 1970; the clock unless given. */
  readonly now?: number;
  /** Seconds from `now` to `exp`, 1 to 60; 60 unless given. */
  readonly lifetime?: number;
}

/**
 * Builds the `client_assertion` of `private_key_jwt` (RFC 7523 §3); good for one token request.
 *
 * @throws KeysError `INVALID_LIFETIME`
 */
export async function createClientAssertion(options: ClientAssertionOptions): Promise<string> {
  const { clientId, issuer, key, now = Math.floor(Date.now() / 1000), lifetime = MAX_LIFETIME } = options;
  if (!(lifetime >= 1 && lifetime <= MAX_LIFETIME)) {
    throw new KeysError('INVALID_LIFETIME', `lifetime: must be 1 to ${MAX_LIFETIME} seconds`);
  }
  const jti = encodeBase64url(randomBytes(16));
  const claims = { iss: clientId, sub: clientId, aud: issuer, jti, iat: now, exp: now + lifetime };
  return signCompactJws({ typ: CLIENT_ASSERTION_TYP, payload: claims, key });
}
