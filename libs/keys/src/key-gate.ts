import { decodeBase64url } from './base64url.js';
import { ed25519PointFault, p256PointFault, type PointFault } from './curve-points.js';
import { KEY_FAMILIES, publicKeyRecord, type KeyFamily, type PublicKeyRecord } from './public-key.js';

export type KeyGateCode =
  | 'NOT_AN_OBJECT'
  | 'PRIVATE_MEMBER'
  | 'UNSUPPORTED_KEY_TYPE'
  | 'UNSUPPORTED_CURVE'
  | 'UNKNOWN_MEMBER'
  | 'ALG_MISMATCH'
  | 'USE_MISMATCH'
  | 'MISSING_MEMBER'
  | 'NOT_BASE64URL'
  | 'WRONG_LENGTH'
  | PointFault;

/** Why a key was refused. */
export interface KeyRefusal {
  readonly ok: false;
  readonly code: KeyGateCode;
  /** The member at fault; empty when it is the JWK as a whole. */
  readonly field: string;
  readonly rule: string;
  /** Field and rule in one line. */
  readonly message: string;
}

export type KeyGateResult = { readonly ok: true; readonly key: PublicKeyRecord } | KeyRefusal;

/**
 * Decides whether a JWK (RFC 7517) may stand for its owner: an Ed25519 or P-256 public key and nothing else, canonically
 * encoded, on the curve and in the prime-order group (docs/protocol-keys.md). `kid` is ignored: the record carries the
 * thumbprint. Give it what `parseStrictJson` returns; a lax parser has already dropped duplicate members.
 */
export function gatePublicKey(jwk: unknown): KeyGateResult {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) {
    return refuse('NOT_AN_OBJECT', '', 'must be a JSON object');
  }
  const members = new Map<string, unknown>(Object.entries(jwk));
  const secret = PRIVATE_MEMBERS.find((name) => members.has(name));
  if (secret !== undefined)
    return refuse('PRIVATE_MEMBER', secret, 'must not occur: only a public key may be shown');
  return gateFamily(members);
}

/** RFC 7518 §6, and `priv` of the newer key type AKP. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

function gateFamily(members: ReadonlyMap<string, unknown>): KeyGateResult {
  const sameType = KEY_FAMILIES.filter(({ kty }) => kty === members.get('kty'));
  if (sameType.length === 0) return refuse('UNSUPPORTED_KEY_TYPE', 'kty', 'must be OKP or EC');
  const family = sameType.find(({ crv }) => crv === members.get('crv'));
  if (family === undefined)
    return refuse('UNSUPPORTED_CURVE', 'crv', 'must be Ed25519 for OKP, P-256 for EC');
  return gateMetadata(members, family) ?? gateCoordinates(members, family);
}

function gateMetadata(members: ReadonlyMap<string, unknown>, family: KeyFamily): KeyRefusal | null {
  const allowed = ['kty', 'crv', ...family.coordinates, 'kid', 'alg', 'use'];
  if ([...members.keys()].some((name) => !allowed.includes(name))) {
    return refuse('UNKNOWN_MEMBER', '', `must hold only ${allowed.join(', ')}`);
  }
  if (members.has('alg') && members.get('alg') !== family.alg) {
    return refuse('ALG_MISMATCH', 'alg', `must be ${family.alg}`);
  }
  if (members.has('use') && members.get('use') !== 'sig') return refuse('USE_MISMATCH', 'use', 'must be sig');
  return null;
}

function gateCoordinates(members: ReadonlyMap<string, unknown>, family: KeyFamily): KeyGateResult {
  const points: Uint8Array[] = [];
  for (const name of family.coordinates) {
    const text = members.get(name);
    if (typeof text !== 'string') return refuse('MISSING_MEMBER', name, 'must be a string');
    const bytes = decodeBase64url(text);
    if (bytes === null) return refuse('NOT_BASE64URL', name, 'must be canonical base64url without padding');
    if (bytes.length !== 32) return refuse('WRONG_LENGTH', name, 'must encode 32 bytes');
    points.push(bytes);
  }
  const fault = pointFault(family, points);
  if (fault !== null) return refuse(fault, 'x', POINT_RULES[fault]);
  return {
    ok: true,
    key: publicKeyRecord(
      family,
      family.coordinates.map((name) => members.get(name) as string),
    ),
  };
}

function pointFault(family: KeyFamily, [x, y]: readonly Uint8Array[]): PointFault | null {
  return family.alg === 'Ed25519' ? ed25519PointFault(x!) : p256PointFault(x!, y!);
}

const POINT_RULES: Readonly<Record<PointFault, string>> = {
  INVALID_POINT: 'must be the canonical encoding of a point on the curve',
  SMALL_ORDER_POINT: 'must not be a point of small order',
  MIXED_ORDER_POINT: 'must be in the subgroup of prime order',
};

function refuse(code: KeyGateCode, field: string, rule: string): KeyRefusal {
  return { ok: false, code, field, rule, message: `${field === '' ? 'jwk' : field}: ${rule}` };
}
