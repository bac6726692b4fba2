import { createPublicKey, hash, type JsonWebKey, type KeyObject } from 'node:crypto';
import { KeysError } from './keys-error.js';

/** JOSE names of the two algorithms: RFC 9864 for Ed25519, RFC 7518 for ES256. */
export type SignatureAlgorithm = 'Ed25519' | 'ES256';

/** A public key that passed the gate; plain data, the same text always gives the same record. */
export interface PublicKeyRecord {
  readonly alg: SignatureAlgorithm;
  /** RFC 7638 SHA-256 thumbprint: base64url, 43 characters. */
  readonly kid: string;
  /** The required members in the order of RFC 7638 §3.2, without white space: exactly what `kid` is the digest of. */
  readonly jwk: string;
}

/** What tells the supported kinds of key apart; `coordinates` are base64url texts of 32 bytes each. */
export interface KeyFamily {
  readonly kty: 'OKP' | 'EC';
  readonly crv: 'Ed25519' | 'P-256';
  readonly alg: SignatureAlgorithm;
  readonly coordinates: readonly ('x' | 'y')[];
}

export const KEY_FAMILIES: readonly KeyFamily[] = [
  { kty: 'OKP', crv: 'Ed25519', alg: 'Ed25519', coordinates: ['x'] },
  { kty: 'EC', crv: 'P-256', alg: 'ES256', coordinates: ['x', 'y'] },
];

/** Builds the record of a key whose coordinates were checked. */
export function publicKeyRecord(family: KeyFamily, coordinates: readonly string[]): PublicKeyRecord {
  const members = family.coordinates.map((name, i) => `,"${name}":"${coordinates[i]}"`).join('');
  const jwk = `{"crv":"${family.crv}","kty":"${family.kty}"${members}}`;
  return { alg: family.alg, kid: hash('sha256', jwk, 'base64url'), jwk };
}

/**
 * Reads a record back from `record.jwk` kept in one's own store, without the costly check of the point. Never for a
 * text that anybody else could have written: that is what `gatePublicKey` is for.
 *
 * @throws KeysError `INVALID_STORED_KEY` when the text is not exactly the canonical one
 */
export function readStoredPublicKey(jwk: string): PublicKeyRecord {
  const [, crv, x = '', y = ''] = CANONICAL_JWK.exec(jwk) ?? [];
  const family = KEY_FAMILIES.find((candidate) => candidate.crv === crv);
  const record = family && publicKeyRecord(family, [x, y]);
  if (record?.jwk !== jwk) throw new KeysError('INVALID_STORED_KEY', 'jwk: not a canonical public key');
  return record;
}

const CANONICAL_JWK = /^\{"crv":"([^"]+)","kty":"(?:OKP|EC)","x":"([\w-]{43})"(?:,"y":"([\w-]{43})")?\}$/;

const keyObjects = new WeakMap<PublicKeyRecord, KeyObject>();

/** The Node key of a record, made once for each record. */
export function publicKeyObject(record: PublicKeyRecord): KeyObject {
  let key = keyObjects.get(record);
  if (key === undefined) {
    key = createPublicKey({ format: 'jwk', key: JSON.parse(record.jwk) as JsonWebKey });
    keyObjects.set(record, key);
  }
  return key;
}
