import { CompactSign } from 'jose';
import { decodeUtf8, isJsonObject, parseStrictJson } from '#libs/protocol';
import { KeysError } from './keys-error.js';
import type { SigningKey } from './signing-key.js';

export interface SignJwsOptions {
  readonly typ: string;
  /** The exact bytes to sign, or an object to write as JSON. */
  readonly payload: Uint8Array | object;
  readonly key: SigningKey;
}

/**
 * Signs a compact JWS whose header is exactly `alg, kid, typ`.
 *
 * @throws KeysError `UNSIGNABLE_PAYLOAD` when an object is no strict JSON, such as one with a fraction in it
 */
export function signCompactJws({ typ, payload, key }: SignJwsOptions): Promise<string> {
  const bytes = payload instanceof Uint8Array ? payload : writeStrictObject(payload);
  const { alg, kid } = key.publicKey;
  return new CompactSign(bytes).setProtectedHeader({ alg, kid, typ }).sign(key.privateKey);
}

/** What no verifier would accept is not signed in the first place. */
function writeStrictObject(payload: object): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  try {
    if (isJsonObject(parseStrictJson(decodeUtf8(bytes)))) return bytes;
  } catch (cause) {
    throw new KeysError('UNSIGNABLE_PAYLOAD', 'payload: not strict JSON', { cause });
  }
  throw new KeysError('UNSIGNABLE_PAYLOAD', 'payload: not a JSON object');
}
