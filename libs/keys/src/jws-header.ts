import { decodeUtf8, isJsonObject, parseStrictJson, StrictJsonError, type JsonObject } from '#libs/protocol';
import { decodeBase64url } from './base64url.js';

export type JwsRefusalCode =
  | 'TOO_LARGE'
  | 'MALFORMED_JWS'
  | 'INVALID_HEADER'
  | 'FORBIDDEN_HEADER'
  | 'WRONG_TYP'
  | 'WRONG_ALG'
  | 'UNKNOWN_KEY'
  | 'BAD_SIGNATURE'
  | 'INVALID_PAYLOAD';

/** Why a token was refused: the part and its rule (as in: header alg must be …), never a value of the token. */
export interface JwsRefusal {
  readonly ok: false;
  readonly code: JwsRefusalCode;
  readonly part: 'token' | 'header' | 'payload' | 'signature';
  readonly rule: string;
  /** Part and rule in one line. */
  readonly message: string;
}

/** The whole protected header: nothing else may occur. */
export interface JwsHeader {
  readonly alg: string;
  readonly kid: string;
  readonly typ: string;
}

/** Reads and checks a protected header, apart from what only the key can tell. */
export function readJwsHeader(bytes: Uint8Array, typ: string): { ok: true; header: JwsHeader } | JwsRefusal {
  if (bytes.length > MAX_HEADER_BYTES)
    return refuseJws('TOO_LARGE', 'header', `must be at most ${MAX_HEADER_BYTES} bytes`);
  const parsed = readStrictObject(bytes);
  if (typeof parsed === 'string') return refuseJws('INVALID_HEADER', 'header', parsed);
  const forbidden = Object.keys(parsed).find((name) => !ALLOWED.includes(name));
  if (forbidden !== undefined) {
    const name = NAMED_WHEN_REFUSED.includes(forbidden) ? forbidden : 'an unknown parameter';
    return refuseJws('FORBIDDEN_HEADER', 'header', `must hold alg, kid and typ only, not ${name}`);
  }
  const missing = ALLOWED.find((name) => typeof parsed[name] !== 'string');
  if (missing !== undefined) return refuseJws('INVALID_HEADER', 'header', `${missing} must be a string`);
  return checkValues(
    { alg: parsed.alg as string, kid: parsed.kid as string, typ: parsed.typ as string },
    typ,
  );
}

const MAX_HEADER_BYTES = 2048;
const ALLOWED: readonly string[] = ['alg', 'kid', 'typ'];

/** Registered parameters are named in the refusal, any other name is the sender's own text and is not repeated. */
const NAMED_WHEN_REFUSED: readonly string[] = [
  ...['jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'crit', 'b64', 'zip', 'cty', 'enc'],
  ...['epk', 'apu', 'apv', 'iv', 'tag', 'p2s', 'p2c', 'url', 'nonce', 'iss', 'sub', 'aud', '__proto__'],
];

function checkValues(header: JwsHeader, typ: string): { ok: true; header: JwsHeader } | JwsRefusal {
  if (header.typ !== typ) return refuseJws('WRONG_TYP', 'header', `typ must be ${typ}`);
  if (header.alg === 'EdDSA')
    return refuseJws('WRONG_ALG', 'header', 'alg must not be EdDSA: use Ed25519 (RFC 9864)');
  if (header.alg !== 'Ed25519' && header.alg !== 'ES256') {
    return refuseJws('WRONG_ALG', 'header', 'alg must be Ed25519 or ES256');
  }
  if (!isThumbprint(header.kid))
    return refuseJws('UNKNOWN_KEY', 'header', 'kid must be an RFC 7638 SHA-256 thumbprint');
  return { ok: true, header };
}

function isThumbprint(kid: string): boolean {
  return kid.length === 43 && decodeBase64url(kid) !== null;
}

/** The object, or the rule that is broken. */
export function readStrictObject(bytes: Uint8Array): JsonObject | string {
  try {
    const value = parseStrictJson(decodeUtf8(bytes));
    return isJsonObject(value) ? value : 'must be a JSON object';
  } catch (error) {
    const { position, rule } = error as StrictJsonError;
    return `must be strict JSON (${position === null ? '' : `position ${position}: `}${rule})`;
  }
}

export function refuseJws(code: JwsRefusalCode, part: JwsRefusal['part'], rule: string): JwsRefusal {
  return { ok: false, code, part, rule, message: `${part}: ${rule}` };
}
