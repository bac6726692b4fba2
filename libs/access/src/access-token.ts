import { verifyJsonJws, type PublicKeyRecord } from '#libs/keys';
import { isJsonObject, type JsonObject } from '#libs/protocol';
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

/**
 * `member` is who asked for the token, `authKey` the thumbprint of the key it asked with, `jkt` that of the key it is bound to (RFC 9449
 * §6.1). Whether the first two are still good is not said, and nothing is proved of the third.
 */
export type AccessTokenCheck =
  | { readonly ok: true; readonly member: string; readonly authKey: string; readonly jkt: string }
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
  const jkt = boundKey(claims);
  if (jkt === null) return { ok: false, rule: 'cnf: must hold the thumbprint of a key and nothing else' };
  return { ok: true, member, authKey, jkt };
}

/** Another way of confirmation than a key is one that nobody here could check. */
function boundKey({ cnf }: JsonObject): string | null {
  if (!isJsonObject(cnf) || Object.keys(cnf).length !== 1) return null;
  const { jkt } = cnf;
  return typeof jkt === 'string' && THUMBPRINT.test(jkt) ? jkt : null;
}

function isCurrent({ iat, exp }: JsonObject, now: number): boolean {
  if (typeof iat !== 'number' || typeof exp !== 'number') return false;
  return now < exp && exp - iat <= TOKEN_SECONDS;
}
