import {
  requireArray,
  requireBoolean,
  requireDigest,
  requireInteger,
  requireMember,
  requireMembers,
  requireName,
  requireObject,
  requireOneOf,
  requireText,
  requireThumbprint,
  type JsonObject,
} from '../fields.js';
import { parseJsonBytes } from '../json-bytes.js';
import { LIMITS } from '../limits.js';
import { ProtocolError } from '../protocol-error.js';
import { readHead, requireOrigin } from '../submission/manifest.js';
import { readAdmissionPolicy } from './admission-policy.js';
import { readChannelPolicy } from './channel-policy.js';
import { readErasedPlaces } from './erased-places.js';
import { jwkThumbprint, readJwk } from './jwk.js';
import {
  ERASURE_REASONS,
  KEY_PURPOSES,
  MEMBER_KINDS,
  MEMBER_STATUSES,
  REVOCATION_REASONS,
  type PublicJwk,
  type Statement,
  type StatementBody,
  type StatementKind,
} from './statement.js';

/**
 * Kinds the protocol names but this version does not enable: a verifier that meets one must stop, not skip. The shape that
 * `relayed` is meant to have is `RelayedReference`.
 */
export const RESERVED_KINDS: readonly string[] = ['relayed', 'dispute', 'adjudication'];

/** With the longest names and sizes so many still fit into a leaf. */
const MOST_FEEDS = 370;
const MOST_FIRST_STAFF = 100;

/** What people call a member. */
export const PERSONAL_NAME = {
  pattern: /^[^\p{Cc}\p{Cs}]{1,200}$/u,
  rule: 'must be 1 to 200 printable characters',
} as const;

/** Members besides `cairn`, `kind` and `time`, and how they are read. */
interface KindFormat {
  members: readonly string[];
  read(json: JsonObject): StatementBody;
}

const FORMATS: { readonly [K in StatementKind]: KindFormat } = {
  hub: {
    members: ['origin', 'keys'],
    read: (json) => ({
      kind: 'hub',
      origin: requireOrigin(json['origin'], 'origin'),
      keys: readHubKeys(json['keys']),
    }),
  },
  channel: {
    members: ['channel', 'policy'],
    read: (json) => ({
      kind: 'channel',
      channel: requireName(json['channel'], 'channel'),
      policy: readChannelPolicy(json['policy']),
    }),
  },
  member: {
    members: ['member', 'code', 'name', 'memberKind', 'group', 'accredited'],
    read: (json) => ({
      kind: 'member',
      member: requireName(json['member'], 'member'),
      code: requireInteger(json['code'], 'code', 1),
      name: requireText(json['name'], 'name', PERSONAL_NAME.pattern, PERSONAL_NAME.rule),
      memberKind: requireOneOf(json['memberKind'], 'memberKind', MEMBER_KINDS),
      group: requireName(json['group'], 'group'),
      accredited: requireBoolean(json['accredited'], 'accredited'),
    }),
  },
  member_status: {
    members: ['member', 'status'],
    read: (json) => ({
      kind: 'member_status',
      member: requireName(json['member'], 'member'),
      status: requireOneOf(json['status'], 'status', MEMBER_STATUSES),
    }),
  },
  key: {
    members: ['member', 'purpose', 'key', 'jwk'],
    read: readKey,
  },
  key_revoked: {
    members: ['member', 'key', 'from', 'reason'],
    read: (json) => ({
      kind: 'key_revoked',
      member: requireName(json['member'], 'member'),
      key: requireThumbprint(json['key'], 'key'),
      from: requireInteger(json['from'], 'from', 0),
      reason: requireOneOf(json['reason'], 'reason', REVOCATION_REASONS),
    }),
  },
  right: {
    members: ['member', 'channel', 'submit', 'receive'],
    read: (json) => ({
      kind: 'right',
      member: requireName(json['member'], 'member'),
      channel: requireName(json['channel'], 'channel'),
      submit: requireBoolean(json['submit'], 'submit'),
      receive: requireBoolean(json['receive'], 'receive'),
    }),
  },
  recall: {
    members: ['member', 'from'],
    read: (json) => ({
      kind: 'recall',
      member: requireName(json['member'], 'member'),
      from: requireInteger(json['from'], 'from', 0),
    }),
  },
  agreement: {
    members: ['member', 'version', 'digest'],
    read: (json) => ({
      kind: 'agreement',
      member: requireName(json['member'], 'member'),
      version: requireInteger(json['version'], 'version', 1),
      digest: requireDigest(json['digest'], 'digest'),
    }),
  },
  admission_policy: {
    members: ['policy'],
    read: (json) => ({ kind: 'admission_policy', policy: readAdmissionPolicy(json['policy']) }),
  },
  bootstrap: {
    members: ['staff'],
    read: (json) => ({
      kind: 'bootstrap',
      staff: requireInteger(json['staff'], 'staff', 1, MOST_FIRST_STAFF),
    }),
  },
  submission: {
    members: ['content', 'author', 'head'],
    read: (json) => ({
      kind: 'submission',
      content: requireDigest(json['content'], 'content'),
      author: requireDigest(json['author'], 'author'),
      head: readHead(json['head'], 'head'),
    }),
  },
  tick: { members: [], read: () => ({ kind: 'tick' }) },
  published: {
    members: ['feeds'],
    read: (json) => ({
      kind: 'published',
      feeds: requireArray(json['feeds'], 'feeds', MOST_FEEDS).map(readFeedHead),
    }),
  },
  audit: {
    members: ['size', 'head'],
    read: (json) => ({
      kind: 'audit',
      size: requireInteger(json['size'], 'size', 1),
      head: requireDigest(json['head'], 'head'),
    }),
  },
  state: {
    members: ['size', 'root'],
    read: (json) => ({
      kind: 'state',
      size: requireInteger(json['size'], 'size', 1),
      root: requireDigest(json['root'], 'root'),
    }),
  },
  erase: {
    members: ['lines', 'reason'],
    read: (json) => ({
      kind: 'erase',
      lines: readErasedPlaces(json['lines']),
      reason: requireOneOf(json['reason'], 'reason', ERASURE_REASONS),
    }),
  },
};

const encoder = new TextEncoder();

/**
 * Exact bytes of a statement: JSON without white space, `cairn`, `kind` and `time` first. A leaf can never be taken back, so
 * what no reader would accept is not written in the first place.
 *
 * @throws ProtocolError that `decodeStatement` would throw of these bytes, such as TOO_LARGE when they do not fit into a leaf.
 */
export function encodeStatement(statement: Statement): Uint8Array {
  const { kind, time, ...body } = statement;
  const bytes = encoder.encode(JSON.stringify({ cairn: 'statement/1', kind, time, ...body }));
  decodeStatement(bytes);
  return bytes;
}

/**
 * Reads a leaf of the provenance log.
 *
 * @throws ProtocolError naming the field and the rule; KIND_NOT_ENABLED for a reserved kind, DIGEST_MISMATCH for a key that is
 * not the one of its thumbprint.
 */
export function decodeStatement(bytes: Uint8Array): Statement {
  if (bytes.length > LIMITS.statementBytes) {
    const rule = `must be at most ${LIMITS.statementBytes} bytes`;
    throw new ProtocolError({ code: 'TOO_LARGE', field: 'statement', rule });
  }
  const json = requireObject(parseJsonBytes(bytes, 'statement'), 'statement');
  requireMember(json, 'cairn');
  requireOneOf(json['cairn'], 'cairn', ['statement/1']);
  requireMember(json, 'kind');
  const format = formatOf(json['kind']);
  requireMembers(json, ['cairn', 'kind', 'time', ...format.members], []);
  return { ...format.read(json), time: requireInteger(json['time'], 'time', 0) };
}

function formatOf(kind: unknown): KindFormat {
  if (typeof kind === 'string' && Object.hasOwn(FORMATS, kind)) return FORMATS[kind as StatementKind];
  if (typeof kind === 'string' && RESERVED_KINDS.includes(kind)) {
    throw new ProtocolError({ code: 'KIND_NOT_ENABLED', field: 'kind', rule: `${kind} is reserved` });
  }
  throw new ProtocolError({ code: 'UNKNOWN_KIND', field: 'kind', rule: 'must be a known kind of statement' });
}

function readHubKeys(value: unknown): { purpose: 'promise' | 'token'; jwk: PublicJwk }[] {
  return requireArray(value, 'keys', 16).map((item) => {
    const key = requireObject(item, 'keys');
    requireMembers(key, ['purpose', 'jwk'], [], 'keys.');
    return {
      purpose: requireOneOf(key['purpose'], 'keys.purpose', ['promise', 'token']),
      jwk: readJwk(key['jwk'], 'keys.jwk'),
    };
  });
}

/** The thumbprint stands for the key wherever operations and tokens name it, so the leaf must bind the two. */
function readKey(json: JsonObject): StatementBody {
  const key = requireThumbprint(json['key'], 'key');
  const jwk = readJwk(json['jwk'], 'jwk');
  if (jwkThumbprint(jwk) !== key) {
    throw new ProtocolError({ code: 'DIGEST_MISMATCH', field: 'key', rule: 'must be the thumbprint of jwk' });
  }
  const member = requireName(json['member'], 'member');
  return { kind: 'key', member, purpose: requireOneOf(json['purpose'], 'purpose', KEY_PURPOSES), key, jwk };
}

function readFeedHead(item: unknown): { feed: string; size: number; root: string } {
  const head = requireObject(item, 'feeds');
  requireMembers(head, ['feed', 'size', 'root'], [], 'feeds.');
  return {
    feed: requireName(head['feed'], 'feeds.feed'),
    size: requireInteger(head['size'], 'feeds.size', 0),
    root: requireDigest(head['root'], 'feeds.root'),
  };
}
