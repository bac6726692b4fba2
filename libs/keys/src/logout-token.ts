import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';

/** What a provider of identities may sign with: never a shared secret, never nothing. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Seconds since it was issued after which a logout token is no longer taken, whatever its `exp` says. */
const MOST_AGE = 600;
/** Seconds by which clocks may differ. */
const TOLERANCE = 60;
const MOST_CHARACTERS = 500;
const MOST_TOKEN = 16 * 1024;
const TIMEOUT_MS = 5_000;

/** What a provider says: whose sessions end. One of `sub` and `sid` is there at least. */
export interface LogoutToken {
  readonly iss: string;
  readonly sub: string | null;
  /** Id of the session at the provider. */
  readonly sid: string | null;
  /** Id of the token, which is good once. */
  readonly jti: string;
  /** Seconds for which the token could be taken again, so for which `jti` is to be remembered. */
  readonly goodFor: number;
}

/** `rule` is a claim or part and what it must be, never a value of the token. */
export type LogoutTokenResult =
  | { readonly ok: true; readonly token: LogoutToken }
  | { readonly ok: false; readonly code: 'REFUSED' | 'UNAVAILABLE'; readonly rule: string };

/** Verifies the logout tokens of one provider for one client (OpenID Connect Back-Channel Logout 1.0 §2.6). */
export class LogoutTokenVerifier {
  private readonly keys: JWTVerifyGetKey;

  /** @param jwksUri where the provider publishes its keys; they are fetched when one is needed that is not known, once in 30 seconds at most */
  constructor(
    private readonly issuer: string,
    private readonly audience: string,
    jwksUri: string,
  ) {
    this.keys = createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: TIMEOUT_MS });
  }

  /** That `jti` was not used before is for the caller to see to. */
  async verify(token: unknown): Promise<LogoutTokenResult> {
    if (typeof token !== 'string' || token.length > MOST_TOKEN) return refused('logout_token must be a JWT');
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.keys, {
        issuer: this.issuer,
        audience: this.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti', 'events'],
        maxTokenAge: MOST_AGE,
        clockTolerance: TOLERANCE,
      });
      const { typ } = protectedHeader;
      if (typ !== undefined && !/^(?:application\/)?(?:logout\+)?jwt$/i.test(typ))
        return refused('typ must be logout+jwt');
      return readClaims(payload);
    } catch (error) {
      return failure(error);
    }
  }
}

function readClaims({ iss, sub, sid, jti, iat, exp, events, ...others }: JWTPayload): LogoutTokenResult {
  if ('nonce' in others) return refused('nonce must not be there');
  if (!isObject(events) || !isObject(events[EVENT])) return refused('events must name a back-channel logout');
  if (!isId(jti)) return refused('jti must be a text');
  if (sub === undefined && sid === undefined) return refused('sub or sid must be there');
  if ((sub !== undefined && !isId(sub)) || (sid !== undefined && !isId(sid)))
    return refused('sub and sid must be texts');
  const goodUntil = Math.min(exp!, iat! + MOST_AGE) + TOLERANCE;
  const goodFor = Math.max(1, goodUntil - Math.floor(Date.now() / 1000));
  return { ok: true, token: { iss: iss!, sub: sub ?? null, sid: sid ?? null, jti, goodFor } };
}

function failure(error: unknown): LogoutTokenResult {
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
    return refused(`${error.claim} must be as the standard says`);
  const forged =
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys;
  if (forged) return refused('must be signed by the provider');
  return { ok: false, code: 'UNAVAILABLE', rule: 'the keys of the provider cannot be read' };
}

function refused(rule: string): LogoutTokenResult {
  return { ok: false, code: 'REFUSED', rule };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MOST_CHARACTERS;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
