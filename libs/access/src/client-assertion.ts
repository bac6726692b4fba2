import { CLIENT_ASSERTION_TYP, verifyJsonJws, type PublicKeyRecord } from '#libs/keys';
import type { JsonObject } from '#libs/protocol';

/** Longest life of an assertion, from `iat` to `exp`. */
export const MOST_ASSERTION_SECONDS = 300;

/** How far `iat` may lie ahead of the hub's clock (FAPI 2.0 §5.3.2.1 refuses more), in seconds. */
export const FUTURE_SECONDS = 60;

/** How long after `exp` an assertion is still taken, for clocks that run behind, in seconds. */
export const CLOCK_TOLERANCE = 10;

/** Most characters of an assertion. */
const MOST_BYTES = 4096;
const JTI = /^[\x21-\x7e]{16,128}$/;

/** What an assertion is held against. */
export interface AssertionExpectation {
  readonly clientId: string;
  /** The only audience, as one string: an assertion for anybody else is worth nothing here (FAPI 2.0 §5.3.2.1). */
  readonly issuer: string;
  /** Active `auth` keys of the client. */
  readonly keys: readonly PublicKeyRecord[];
  /** Unix seconds. */
  readonly now: number;
}

/** `kid` is the thumbprint of the key that signed; `rule` is for the log and holds nothing of the assertion. */
export type AssertionCheck =
  { readonly ok: true; readonly kid: string } | { readonly ok: false; readonly rule: string };

/**
 * Decides whether a client assertion (RFC 7523 §3) speaks for a client, by the strict reading of docs/protocol-keys.md §3. Whether it
 * was used before is another question.
 */
export async function checkClientAssertion(
  token: unknown,
  expected: AssertionExpectation,
): Promise<AssertionCheck> {
  const verified = await verifyJsonJws({
    token,
    typ: CLIENT_ASSERTION_TYP,
    key: (kid) => expected.keys.find((key) => key.kid === kid),
    maxBytes: MOST_BYTES,
  });
  if (!verified.ok) return { ok: false, rule: verified.message };
  const broken = RULES.find(({ holds }) => !holds(verified.claims, expected));
  return broken === undefined ? { ok: true, kid: verified.key.kid } : { ok: false, rule: broken.rule };
}

const RULES: readonly {
  rule: string;
  holds: (claims: JsonObject, expected: AssertionExpectation) => boolean;
}[] = [
  { rule: 'iss: must be the client', holds: ({ iss }, { clientId }) => iss === clientId },
  { rule: 'sub: must be the client', holds: ({ sub }, { clientId }) => sub === clientId },
  { rule: 'aud: must be the issuer, one string', holds: ({ aud }, { issuer }) => aud === issuer },
  {
    rule: 'iat: must be there and not lie in the future',
    holds: ({ iat }, { now }) => typeof iat === 'number' && iat <= now + FUTURE_SECONDS,
  },
  {
    rule: 'exp: must be there and not have passed',
    holds: ({ exp }, { now }) => typeof exp === 'number' && exp > now - CLOCK_TOLERANCE,
  },
  {
    rule: `exp: must be after iat, by ${MOST_ASSERTION_SECONDS} seconds at most`,
    holds: ({ iat, exp }) => exp! > iat! && (exp as number) - (iat as number) <= MOST_ASSERTION_SECONDS,
  },
  {
    rule: 'nbf: must be a number in the past, if there is one',
    holds: ({ nbf }, { now }) =>
      nbf === undefined || (typeof nbf === 'number' && nbf <= now + FUTURE_SECONDS),
  },
  {
    rule: 'jti: must be 16 to 128 visible ASCII characters',
    holds: ({ jti }) => typeof jti === 'string' && JTI.test(jti),
  },
];
