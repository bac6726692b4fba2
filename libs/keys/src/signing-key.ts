import {
  createPrivateKey,
  generateKeyPairSync,
  sign,
  verify,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { decodeUtf8, isJsonObject, parseStrictJson } from '#libs/protocol';
import { gatePublicKey } from './key-gate.js';
import { KeysError } from './keys-error.js';
import { publicKeyObject, type PublicKeyRecord, type SignatureAlgorithm } from './public-key.js';

/** A private key with its public record. Printing or serialising it shows no secret. */
export interface SigningKey {
  readonly publicKey: PublicKeyRecord;
  readonly privateKey: KeyObject;
}

/** Makes a new key pair; Ed25519 unless a key store or an authority demands P-256. */
export function generateSigningKey(alg: SignatureAlgorithm = 'Ed25519'): SigningKey {
  const { privateKey } =
    alg === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return readPrivateJwk(Buffer.from(JSON.stringify(privateKey.export({ format: 'jwk' }))));
}

/** The private JWK as text (RFC 8037 §2, RFC 7518 §6.2.2), for a file of its owner alone. */
export function writePrivateJwk(key: SigningKey): string {
  const { crv, kty, x, y, d } = key.privateKey.export({ format: 'jwk' });
  return JSON.stringify({ crv, kty, x, y, d });
}

/**
 * Reads a private JWK. The public part passes the gate and must belong to the private one: signing Ed25519 with a
 * foreign public key gives the private key away.
 *
 * @throws KeysError `INVALID_PRIVATE_KEY`
 */
export function readPrivateJwk(bytes: Uint8Array): SigningKey {
  const { d, ...shown } = readObject(bytes);
  const gated = gatePublicKey(shown);
  if (!gated.ok) throw new KeysError('INVALID_PRIVATE_KEY', `private key: ${gated.message}`);
  const privateKey = importPrivateKey({ ...(JSON.parse(gated.key.jwk) as JsonWebKey), d: d as string });
  if (!isPair(gated.key, privateKey)) {
    throw new KeysError('INVALID_PRIVATE_KEY', 'private key: d does not belong to the public part');
  }
  return { publicKey: gated.key, privateKey };
}

function readObject(bytes: Uint8Array): Record<string, unknown> {
  let value;
  try {
    value = parseStrictJson(decodeUtf8(bytes));
  } catch (cause) {
    throw new KeysError('INVALID_PRIVATE_KEY', 'private key: not strict JSON', { cause });
  }
  if (!isJsonObject(value)) throw new KeysError('INVALID_PRIVATE_KEY', 'private key: not a JWK');
  return value;
}

function importPrivateKey(jwk: JsonWebKey): KeyObject {
  try {
    return createPrivateKey({ format: 'jwk', key: jwk });
  } catch {
    // The cause would be Node's own error, which can quote what it was given.
    throw new KeysError('INVALID_PRIVATE_KEY', 'private key: d is not a private key of that curve');
  }
}

/** Node derives the public part of an Ed25519 key from `d` but believes what an EC key says, so a signature decides. */
function isPair(publicKey: PublicKeyRecord, privateKey: KeyObject): boolean {
  const digest = publicKey.alg === 'Ed25519' ? null : 'sha256';
  const probe = Buffer.from('cairn/key-pair-check/v1');
  return verify(digest, probe, publicKeyObject(publicKey), sign(digest, probe, privateKey));
}
