import { requireInteger, requireMembers, requireName, requireObject, requireThumbprint } from '../fields.js';
import { requireOrigin } from '../submission/manifest.js';

/** `typ` of the JWS by which a hub says how a key stands (docs/protocol-proof.md, "Standing of the key"). */
export const KEY_STANDING_TYP = 'cairn-key-standing+jws';

/**
 * How one key of a member stands after the first `size` statements of the provenance log: what the directory says of it, by itself. That a log
 * does not hold a `key_revoked` cannot be proved short of reading it whole, so this rests on the hub's signature.
 */
export interface KeyStanding {
  /** Origin of the hub. */
  iss: string;
  /** Unix seconds at which the hub signed. */
  iat: number;
  /** Statements of the provenance log that it takes into account. */
  size: number;
  member: string;
  /** RFC 7638 thumbprint. */
  key: string;
  /** Index of the `key` statement. */
  since: number;
  /** Index of the `key_revoked` statement, or null. */
  revoked: number | null;
  /** First index whose operations with this key are void, or null. */
  voidFrom: number | null;
}

const MEMBERS = ['iss', 'iat', 'size', 'member', 'key', 'since', 'revoked', 'voidFrom'];

/**
 * Validates the payload of a key's standing.
 *
 * @throws ProtocolError naming the field and the rule.
 */
export function readKeyStanding(json: unknown): KeyStanding {
  const payload = requireObject(json, 'standing');
  requireMembers(payload, MEMBERS, [], 'standing.');
  return {
    iss: requireOrigin(payload['iss'], 'standing.iss'),
    iat: requireInteger(payload['iat'], 'standing.iat', 0),
    size: requireInteger(payload['size'], 'standing.size', 1),
    member: requireName(payload['member'], 'standing.member'),
    key: requireThumbprint(payload['key'], 'standing.key'),
    since: requireInteger(payload['since'], 'standing.since', 1),
    revoked: readIndex(payload['revoked'], 'standing.revoked'),
    voidFrom: readIndex(payload['voidFrom'], 'standing.voidFrom'),
  };
}

function readIndex(value: unknown, field: string): number | null {
  return value === null ? null : requireInteger(value, field, 0);
}
