import { sha256 } from '#libs/tlog';
import {
  requireDigest,
  requireInteger,
  requireMembers,
  requireName,
  requireObject,
  requireOneOf,
  requireSalt,
  requireThumbprint,
} from '../fields.js';
import { toHex } from '../hex.js';
import { parseJsonBytes } from '../json-bytes.js';
import { LIMITS } from '../limits.js';
import { ProtocolError } from '../protocol-error.js';

/**
 * What a submission's leaf commits to for everyone who receives the channel: the body behind `content`. Its salt keeps
 * the public digest from confirming a guess. An author without the right to receive is not shown it: see `decisionsRoot`.
 */
export interface ContentBody {
  /** 128 random bits, hex. */
  salt: string;
  channel: string;
  attribution: 'named' | 'anonymous';
  /** Lines of the submission: accepted, held and rejected together. */
  count: number;
  /** RFC 9162 root over the lines, as signed by the author. */
  root: string;
  /** RFC 9162 root over the decision lines. */
  decisions: string;
  accepted: number;
  held: number;
  rejected: number;
}

/** What a submission's leaf commits to for its author, staff and auditors (and members when `named`): who sent it. */
export interface AuthorBody {
  /** 128 random bits, hex. */
  salt: string;
  member: string;
  /** Control group at the time of the decision. */
  group: string;
  /** RFC 7638 thumbprint of the signing key. */
  key: string;
  /** n-th submission of this member, from 1, in order of receipt. */
  counter: number;
  /** SHA-256 of the exact bytes of the manifest's compact JWS, hex. */
  manifest: string;
}

const encoder = new TextEncoder();

/** Exact bytes of a content body. */
export function encodeContent(body: ContentBody): Uint8Array {
  const { salt, channel, attribution, count, root, decisions, accepted, held, rejected } = body;
  const text = {
    cairn: 'content/1',
    salt,
    channel,
    attribution,
    count,
    root,
    decisions,
    accepted,
    held,
    rejected,
  };
  return encoder.encode(JSON.stringify(text));
}

/** Exact bytes of an author body. */
export function encodeAuthor(body: AuthorBody): Uint8Array {
  const { salt, member, group, key, counter, manifest } = body;
  return encoder.encode(JSON.stringify({ cairn: 'author/1', salt, member, group, key, counter, manifest }));
}

/** The commitment in a leaf: SHA-256 over the exact bytes of a body, hex. */
export function commitment(body: Uint8Array): string {
  return toHex(sha256(body));
}

/** In the order in which `encodeContent` writes them. */
const CONTENT_MEMBERS = [
  'cairn',
  'salt',
  'channel',
  'attribution',
  'count',
  'root',
  'decisions',
  'accepted',
  'held',
  'rejected',
];
const AUTHOR_MEMBERS = ['cairn', 'salt', 'member', 'group', 'key', 'counter', 'manifest'];

/**
 * Reads a content body.
 *
 * @throws ProtocolError naming the field and the rule.
 */
export function decodeContent(bytes: Uint8Array): ContentBody {
  const body = requireObject(parseJsonBytes(bytes, 'content'), 'content');
  requireMembers(body, CONTENT_MEMBERS, [], 'content.');
  requireOneOf(body['cairn'], 'content.cairn', ['content/1']);
  const content: ContentBody = {
    salt: requireSalt(body['salt'], 'content.salt'),
    channel: requireName(body['channel'], 'content.channel'),
    attribution: requireOneOf(body['attribution'], 'content.attribution', ['named', 'anonymous']),
    count: requireInteger(body['count'], 'content.count', 1, LIMITS.entries),
    root: requireDigest(body['root'], 'content.root'),
    decisions: requireDigest(body['decisions'], 'content.decisions'),
    accepted: requireInteger(body['accepted'], 'content.accepted', 0, LIMITS.entries),
    held: requireInteger(body['held'], 'content.held', 0, LIMITS.entries),
    rejected: requireInteger(body['rejected'], 'content.rejected', 0, LIMITS.entries),
  };
  requireSum(content);
  return content;
}

function requireSum({ count, accepted, held, rejected }: ContentBody): void {
  if (accepted + held + rejected === count) return;
  const rule = 'must be the sum of accepted, held and rejected';
  throw new ProtocolError({ code: 'BAD_FIELD', field: 'content.count', rule });
}

/**
 * Reads an author body.
 *
 * @throws ProtocolError naming the field and the rule.
 */
export function decodeAuthor(bytes: Uint8Array): AuthorBody {
  const body = requireObject(parseJsonBytes(bytes, 'author'), 'author');
  requireMembers(body, AUTHOR_MEMBERS, [], 'author.');
  requireOneOf(body['cairn'], 'author.cairn', ['author/1']);
  return {
    salt: requireSalt(body['salt'], 'author.salt'),
    member: requireName(body['member'], 'author.member'),
    group: requireName(body['group'], 'author.group'),
    key: requireThumbprint(body['key'], 'author.key'),
    counter: requireInteger(body['counter'], 'author.counter', 1),
    manifest: requireDigest(body['manifest'], 'author.manifest'),
  };
}
