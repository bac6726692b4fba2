import { compactVerify } from 'jose';
import type { JsonObject } from '#libs/protocol';
import { decodeBase64url } from './base64url.js';
import { gateOnce } from './gated-keys.js';
import {
  readEmbeddedHeader,
  readJwsHeader,
  readStrictObject,
  refuseJws,
  type JwsHeader,
  type JwsRefusal,
} from './jws-header.js';
import { publicKeyObject, type PublicKeyRecord } from './public-key.js';

/** Finds the key of a thumbprint among those that may sign what is being verified. */
export type ResolveKey = (
  kid: string,
) => PublicKeyRecord | null | undefined | Promise<PublicKeyRecord | null | undefined>;

export interface VerifyJwsOptions {
  /** What was received; anything but a compact serialization is refused. */
  readonly token: unknown;
  /** The one type expected here, so that no token serves for another purpose (RFC 8725 §3.11). */
  readonly typ: string;
  /** The key, or how to find it: only keys with the right owner, purpose and time. */
  readonly key: PublicKeyRecord | ResolveKey;
  /** Most characters of the token. */
  readonly maxBytes: number;
}

/** `payload` is exactly what was signed. A token's text is no identity: name what it says by the digest of this. */
export interface VerifiedJws {
  readonly ok: true;
  readonly header: JwsHeader;
  readonly key: PublicKeyRecord;
  readonly payload: Uint8Array;
}

export type VerifyJwsResult = VerifiedJws | JwsRefusal;
export type VerifyJsonJwsResult = (VerifiedJws & { readonly claims: JsonObject }) | JwsRefusal;

/**
 * Verifies a compact JWS (RFC 7515 §7.1) by the rules of docs/protocol-keys.md, cheapest first: size, form, header,
 * key, signature. The algorithm is the one of the key; the header must agree.
 */
export async function verifyCompactJws(options: VerifyJwsOptions): Promise<VerifyJwsResult> {
  const parts = splitToken(options.token, options.maxBytes);
  if ('ok' in parts) return parts;
  const read = readJwsHeader(parts.header, options.typ);
  if (!read.ok) return read;
  const key = await findKey(options.key, read.header.kid);
  if (key === null) return refuseJws('UNKNOWN_KEY', 'header', 'kid must name a key that may sign this');
  const refused = await refuseSignature(parts.token, read.header.alg, key);
  return refused ?? { ok: true, header: read.header, key, payload: parts.payload };
}

/** Verifies like `verifyCompactJws`, and that the payload is a strict JSON object, given as `claims`. */
export async function verifyJsonJws(options: VerifyJwsOptions): Promise<VerifyJsonJwsResult> {
  const verified = await verifyCompactJws(options);
  if (!verified.ok) return verified;
  const claims = readStrictObject(verified.payload);
  return typeof claims === 'string'
    ? refuseJws('INVALID_PAYLOAD', 'payload', claims)
    : { ...verified, claims };
}

/** What was received of a token that brings its key along; see `VerifyJwsOptions`. */
export type VerifyEmbeddedJwsOptions = Omit<VerifyJwsOptions, 'key'>;

export type VerifyEmbeddedJwsResult =
  { readonly ok: true; readonly key: PublicKeyRecord; readonly claims: JsonObject } | JwsRefusal;

/**
 * Verifies a compact JWS of JSON claims under the public key in its own header (`jwk`, RFC 7515 §4.1.3), which must pass the gate. It
 * proves that whoever made it holds that key, and nothing about who that is: compare `key.kid` with one that is known.
 */
export async function verifyEmbeddedJws(options: VerifyEmbeddedJwsOptions): Promise<VerifyEmbeddedJwsResult> {
  const parts = splitToken(options.token, options.maxBytes);
  if ('ok' in parts) return parts;
  const read = readEmbeddedHeader(parts.header, options.typ);
  if (!read.ok) return read;
  const gated = gateOnce(read.header.jwk);
  if (!gated.ok) return refuseJws('INVALID_KEY', 'header', `jwk ${gated.message}`);
  const refused = await refuseSignature(parts.token, read.header.alg, gated.key);
  if (refused !== null) return refused;
  const claims = readStrictObject(parts.payload);
  return typeof claims === 'string'
    ? refuseJws('INVALID_PAYLOAD', 'payload', claims)
    : { ok: true, key: gated.key, claims };
}

const NOT_COMPACT = 'must be three parts of canonical base64url without padding, joined by dots';

interface TokenParts {
  readonly token: string;
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

function splitToken(token: unknown, maxBytes: number): TokenParts | JwsRefusal {
  if (typeof token !== 'string') return refuseJws('MALFORMED_JWS', 'token', NOT_COMPACT);
  if (token.length > maxBytes)
    return refuseJws('TOO_LARGE', 'token', `must be at most ${maxBytes} characters`);
  const [header, payload, signature, ...rest] = token.split('.', 4).map(decodeBase64url);
  if (!header || !payload || !signature || rest.length > 0)
    return refuseJws('MALFORMED_JWS', 'token', NOT_COMPACT);
  return { token, header, payload };
}

/** A resolver that answers with another key than was asked for must not widen what a token can claim. */
async function findKey(source: PublicKeyRecord | ResolveKey, kid: string): Promise<PublicKeyRecord | null> {
  const key = typeof source === 'function' ? await source(kid) : source;
  return key?.kid === kid ? key : null;
}

async function refuseSignature(token: string, alg: string, key: PublicKeyRecord): Promise<JwsRefusal | null> {
  if (alg !== key.alg) return refuseJws('WRONG_ALG', 'header', 'alg must be the algorithm of the key');
  return (await isSigned(token, key))
    ? null
    : refuseJws('BAD_SIGNATURE', 'signature', 'must verify with the key');
}

/** Whatever jose objects to, the token is not verified. */
async function isSigned(token: string, key: PublicKeyRecord): Promise<boolean> {
  try {
    await compactVerify(token, publicKeyObject(key), { algorithms: [key.alg] });
    return true;
  } catch {
    return false;
  }
}
