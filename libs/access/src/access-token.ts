import { verifyJsonJws, type PublicKeyRecord } from '#libs/keys';
import type { JsonObject } from '#libs/protocol';
import {
  ACCESS_TOKEN_TYP,
  AUTH_KEY_CLAIM,
  SCOPE,
  TOKEN_SECONDS,
  type TokenProfile,
} from './token-profile.js';

/** Most characters of an access token. */
const MOST_BYTES = 2048;
const THUMBPRINT = /^[\w-]{43}$/;

/** What an access token is held against. */
export interface TokenExpectation {
  readonly profile: TokenProfile;
  /** The hub's token key. */
  readonly key: PublicKeyRecord;
  /** Unix seconds. */
  readonly now: number;
}

/** `member` is who asked for the token, `authKey` the thumbprint of the key it asked with. Whether either is still good is not said. */
export type AccessTokenCheck =
  | { readonly ok: true; readonly member: string; readonly authKey: string }
  | { readonly ok: false; readonly rule: string };

/** Verifies a JWT access token (RFC 9068 §4). */
export async function checkAccessToken(
  token: unknown,
  expected: TokenExpectation,
): Promise<AccessTokenCheck> {
  const { key, profile, now } = expected;
  const verified = await verifyJsonJws({ token, typ: ACCESS_TOKEN_TYP, key, maxBytes: MOST_BYTES });
  if (!verified.ok) return { ok: false, rule: verified.message };
  const { claims } = verified;
  const { client_id: member, [AUTH_KEY_CLAIM]: authKey } = claims;
  if (claims['iss'] !== profile.issuer) return { ok: false, rule: 'iss: must be this hub' };
  if (claims['aud'] !== profile.resource) return { ok: false, rule: 'aud: must be this resource' };
  if (!isCurrent(claims, now)) return { ok: false, rule: 'exp: must not have passed' };
  if (claims['scope'] !== SCOPE) return { ok: false, rule: `scope: must be ${SCOPE}` };
  if (typeof member !== 'string' || claims['sub'] !== member) {
    return { ok: false, rule: 'client_id: must be there and be the subject' };
  }
  if (typeof authKey !== 'string' || !THUMBPRINT.test(authKey)) {
    return { ok: false, rule: `${AUTH_KEY_CLAIM}: must be a thumbprint` };
  }
  if (typeof claims['jti'] !== 'string') return { ok: false, rule: 'jti: must be there' };
  return { ok: true, member, authKey };
}

function isCurrent({ iat, exp }: JsonObject, now: number): boolean {
  if (typeof iat !== 'number' || typeof exp !== 'number') return false;
  return now < exp && exp - iat <= TOKEN_SECONDS;
}
