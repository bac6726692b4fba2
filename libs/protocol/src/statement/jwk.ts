import { sha256 } from '#libs/tlog';
import { requireBase64url32, requireMember, requireMembers, requireObject, requireOneOf } from '../fields.js';
import type { PublicJwk } from './statement.js';

const encoder = new TextEncoder();

/**
 * Reads the public members of a key as a statement carries them: exactly those that its thumbprint covers. Whether the coordinates
 * are a point of the curve is for the key gate (docs/protocol-keys.md, "Public keys").
 *
 * @throws ProtocolError naming the field and the rule.
 */
export function readJwk(value: unknown, field: string): PublicJwk {
  const jwk = requireObject(value, field);
  requireMember(jwk, 'kty', `${field}.`);
  const kty = requireOneOf(jwk['kty'], `${field}.kty`, ['OKP', 'EC']);
  requireMembers(jwk, kty === 'OKP' ? ['kty', 'crv', 'x'] : ['kty', 'crv', 'x', 'y'], [], `${field}.`);
  const x = requireBase64url32(jwk['x'], `${field}.x`);
  if (kty === 'OKP') return { kty, crv: requireOneOf(jwk['crv'], `${field}.crv`, ['Ed25519']), x };
  const y = requireBase64url32(jwk['y'], `${field}.y`);
  return { kty, crv: requireOneOf(jwk['crv'], `${field}.crv`, ['P-256']), x, y };
}

/** RFC 7638 thumbprint of a key: SHA-256 over its required members in the order of §3.2, 43 characters of base64url. */
export function jwkThumbprint(jwk: PublicJwk): string {
  const { crv, kty, x } = jwk;
  const required = jwk.kty === 'OKP' ? { crv, kty, x } : { crv, kty, x, y: jwk.y };
  return toBase64url(sha256(encoder.encode(JSON.stringify(required))));
}

/** RFC 4648 §5, without padding. */
function toBase64url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
