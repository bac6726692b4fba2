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
  | 'INVALID_KEY'
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

/** The protected header of a token that brings its key along: these three and nothing else. */
export interface EmbeddedJwsHeader {
  readonly alg: string;
  readonly jwk: JsonObject;
  readonly typ: string;
}

/** Reads and checks a protected header, apart from what only the key can tell. */
export function readJwsHeader(bytes: Uint8Array, typ: string): { ok: true; header: JwsHeader } | JwsRefusal {
  const parsed = readParameters(bytes, ['alg', 'kid', 'typ']);
  if ('ok' in parsed) return parsed;
  const missing = ['alg', 'kid', 'typ'].find((name) => typeof parsed.parameters[name] !== 'string');
  if (missing !== undefined) return refuseJws('INVALID_HEADER', 'header', `${missing} must be a string`);
  const header = parsed.parameters as unknown as JwsHeader;
  const refused = refuseTypeOrAlgorithm(header, typ);
  if (refused !== null) return refused;
  return isThumbprint(header.kid)
    ? { ok: true, header: { alg: header.alg, kid: header.kid, typ } }
    : refuseJws('UNKNOWN_KEY', 'header', 'kid must be an RFC 7638 SHA-256 thumbprint');
}

/** Reads and checks the protected header of a token that brings its key along. The key itself has not passed the gate. */
export function readEmbeddedHeader(
  bytes: Uint8Array,
  typ: string,
): { ok: true; header: EmbeddedJwsHeader } | JwsRefusal {
  const parsed = readParameters(bytes, ['alg', 'jwk', 'typ']);
  if ('ok' in parsed) return parsed;
  const { alg, jwk, typ: shown } = parsed.parameters;
  if (typeof alg !== 'string') return refuseJws('INVALID_HEADER', 'header', 'alg must be a string');
  if (typeof shown !== 'string') return refuseJws('INVALID_HEADER', 'header', 'typ must be a string');
  if (!isJsonObject(jwk)) return refuseJws('INVALID_HEADER', 'header', 'jwk must be a JSON object');
  return refuseTypeOrAlgorithm({ alg, typ: shown }, typ) ?? { ok: true, header: { alg, jwk, typ } };
}

/** The parameters of a strict header that holds no other than `allowed`. */
function readParameters(
  bytes: Uint8Array,
  allowed: readonly string[],
): { parameters: JsonObject } | JwsRefusal {
  if (bytes.length > MAX_HEADER_BYTES)
    return refuseJws('TOO_LARGE', 'header', `must be at most ${MAX_HEADER_BYTES} bytes`);
  const parameters = readStrictObject(bytes);
  if (typeof parameters === 'string') return refuseJws('INVALID_HEADER', 'header', parameters);
  const forbidden = Object.keys(parameters).find((name) => !allowed.includes(name));
  if (forbidden === undefined) return { parameters };
  const name = NAMED_WHEN_REFUSED.includes(forbidden) ? forbidden : 'an unknown parameter';
  const [first, second, third] = allowed;
  return refuseJws(
    'FORBIDDEN_HEADER',
    'header',
    `must hold ${first}, ${second} and ${third} only, not ${name}`,
  );
}

const MAX_HEADER_BYTES = 2048;

/** Registered parameters are named in the refusal, any other name is the sender's own text and is not repeated. */
const NAMED_WHEN_REFUSED: readonly string[] = [
  ...['jku', 'jwk', 'kid', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'crit', 'b64', 'zip', 'cty', 'enc'],
  ...['epk', 'apu', 'apv', 'iv', 'tag', 'p2s', 'p2c', 'url', 'nonce', 'iss', 'sub', 'aud', '__proto__'],
];

function refuseTypeOrAlgorithm(header: { alg: string; typ: string }, typ: string): JwsRefusal | null {
  if (header.typ !== typ) return refuseJws('WRONG_TYP', 'header', `typ must be ${typ}`);
  if (header.alg === 'EdDSA')
    return refuseJws('WRONG_ALG', 'header', 'alg must not be EdDSA: use Ed25519 (RFC 9864)');
  if (header.alg !== 'Ed25519' && header.alg !== 'ES256') {
    return refuseJws('WRONG_ALG', 'header', 'alg must be Ed25519 or ES256');
  }
  return null;
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
