import {
  requireDigest,
  requireInteger,
  requireMembers,
  requireName,
  requireObject,
  requireOneOf,
  requireText,
} from '../fields.js';
import { LIMITS } from '../limits.js';

/** `typ` of the compact JWS that carries a manifest. */
export const MANIFEST_TYP = 'cairn-submission+jws';

/** A log head that its author verified. */
export interface LogHead {
  /** Leaves, at least 1. */
  size: number;
  /** RFC 9162 root, hex. */
  root: string;
}

/** What a member signs for a batch: one signature for all its lines (docs/protocol-submission.md, "Manifest"). */
export interface Manifest {
  /** The member. */
  iss: string;
  /** Origin of the hub the batch is meant for. */
  aud: string;
  /** Lower-case UUID, chosen by the author; with `iss` the identity of the submission for ever. */
  jti: string;
  /** Seconds since 1970-01-01 UTC at which the author signed. */
  iat: number;
  channel: string;
  /** Whether members who receive the channel may see who the author is. */
  attribution: 'named' | 'anonymous';
  /** Number of lines. */
  count: number;
  /** RFC 9162 root over the lines, hex. */
  root: string;
  /** The last checkpoint of the provenance log that the author verified, or null. */
  head: LogHead | null;
}

const MEMBERS = ['iss', 'aud', 'jti', 'iat', 'channel', 'attribution', 'count', 'root', 'head'];
/** Lower-case UUID of RFC 9562, versions 1 to 8. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ORIGIN = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9][0-9]{0,4})?$/;

/**
 * Validates the payload of a manifest.
 *
 * @throws ProtocolError naming the field and the rule.
 */
export function readManifest(json: unknown): Manifest {
  const payload = requireObject(json, 'manifest');
  requireMembers(payload, MEMBERS, [], 'manifest.');
  return {
    iss: requireName(payload['iss'], 'manifest.iss'),
    aud: requireOrigin(payload['aud'], 'manifest.aud'),
    jti: requireText(payload['jti'], 'manifest.jti', UUID, 'must be a lower-case UUID (RFC 9562)'),
    iat: requireInteger(payload['iat'], 'manifest.iat', 0),
    channel: requireName(payload['channel'], 'manifest.channel'),
    attribution: requireOneOf(payload['attribution'], 'manifest.attribution', ['named', 'anonymous']),
    count: requireInteger(payload['count'], 'manifest.count', 1, LIMITS.entries),
    root: requireDigest(payload['root'], 'manifest.root'),
    head: readHead(payload['head'], 'manifest.head'),
  };
}

/**
 * A hub's name: lower-case host, optionally with a port. Its provenance log is `<origin>/log`, its feeds
 * `<origin>/feed/<channel>`.
 *
 * @throws ProtocolError BAD_FIELD
 */
export function requireOrigin(value: unknown, field: string): string {
  return requireText(
    value,
    field,
    ORIGIN,
    'must be the name of a hub: a lower-case host, optionally with a port',
  );
}

/**
 * A log head or null.
 *
 * @throws ProtocolError naming the field and the rule.
 */
export function readHead(value: unknown, field: string): LogHead | null {
  if (value === null) return null;
  const head = requireObject(value, field);
  requireMembers(head, ['size', 'root'], [], `${field}.`);
  return {
    size: requireInteger(head['size'], `${field}.size`, 1),
    root: requireDigest(head['root'], `${field}.root`),
  };
}
