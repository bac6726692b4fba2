import { isJsonObject, parseStrictJson, type JsonObject, type JsonValue } from '#libs/protocol';
import { gatePublicKey, type KeyGateCode } from './key-gate.js';
import type { PublicKeyRecord } from './public-key.js';

/** A JWK Set as published: every key with `kid`, `alg` and `use`. */
export interface PublicJwks {
  readonly keys: readonly JsonObject[];
}

/** The set of `records` to publish (RFC 7517 §5). */
export function publicJwks(records: readonly PublicKeyRecord[]): PublicJwks {
  return {
    keys: records.map(({ jwk, kid, alg }) => ({ ...(JSON.parse(jwk) as JsonObject), kid, alg, use: 'sig' })),
  };
}

export type JwksRefusalCode =
  KeyGateCode | 'NOT_A_JWKS' | 'TOO_MANY_KEYS' | 'DUPLICATE_KID' | 'DUPLICATE_KEY';

export type JwksResult =
  | { readonly ok: true; readonly keys: readonly PublicKeyRecord[] }
  | { readonly ok: false; readonly code: JwksRefusalCode; readonly field: string; readonly message: string };

const MAX_LENGTH = 64 * 1024;
const MAX_KEYS = 32;

/**
 * Reads a JWK Set of somebody else. One bad key refuses the whole set, and so does a `kid` or a key that occurs twice:
 * which of two is meant would depend on the reader.
 */
export function parseJwks(text: string): JwksResult {
  const keys = readKeys(text);
  if (typeof keys === 'string') return refuse('NOT_A_JWKS', 'keys', keys);
  if (keys.length > MAX_KEYS) return refuse('TOO_MANY_KEYS', 'keys', `at most ${MAX_KEYS} keys`);
  const named = keys.flatMap((key) => (isJsonObject(key) && key.kid !== undefined ? [key.kid] : []));
  if (new Set(named).size < named.length) return refuse('DUPLICATE_KID', 'keys', 'a kid occurs twice');
  return gateAll(keys);
}

function readKeys(text: string): JsonValue[] | string {
  try {
    const set = parseStrictJson(text, { maxLength: MAX_LENGTH });
    return isJsonObject(set) && Array.isArray(set.keys) ? set.keys : 'must be an array of JWKs';
  } catch (error) {
    return (error as Error).message;
  }
}

function gateAll(keys: readonly JsonValue[]): JwksResult {
  const records = new Map<string, PublicKeyRecord>();
  for (const [i, jwk] of keys.entries()) {
    const gated = gatePublicKey(jwk);
    if (!gated.ok) return refuse(gated.code, `keys[${i}]`, gated.message);
    if (records.has(gated.key.kid)) return refuse('DUPLICATE_KEY', `keys[${i}]`, 'this key occurs twice');
    records.set(gated.key.kid, gated.key);
  }
  return { ok: true, keys: [...records.values()] };
}

function refuse(code: JwksRefusalCode, field: string, rule: string): JwksResult {
  return { ok: false, code, field, message: `${field}: ${rule}` };
}
