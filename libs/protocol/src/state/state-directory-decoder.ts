import {
  requireAscending,
  requireBoolean,
  requireInteger,
  requireMembers,
  requireName,
  requireObject,
  requireOneOf,
  requireText,
  requireThumbprint,
  type JsonObject,
} from '../fields.js';
import { parseJsonBytes } from '../json-bytes.js';
import { emptyState, type ProjectionState } from '../projection/state.js';
import { ProtocolError } from '../protocol-error.js';
import { readChannelPolicy } from '../statement/channel-policy.js';
import { KEY_PURPOSES, MEMBER_KINDS, MEMBER_STATUSES } from '../statement/statement.js';
import { PERSONAL_NAME } from '../statement/statement-codec.js';
import { requireOrigin } from '../submission/manifest.js';
import { directoryText } from './state-directory-encoder.js';
import { stateLeafBody } from './state-leaves.js';

const HEADER = ['cairn', 'size', 'time', 'now', 'origin', 'members', 'keys', 'channels', 'rights'];
const MEMBER = ['member', 'code', 'name', 'memberKind', 'group', 'accredited', 'status', 'submissions'];
const encoder = new TextEncoder();

/**
 * Reads leaf 0 of a state: a projection state that has no signals yet. Only the one spelling is accepted. Nothing vouches for it before
 * the root of all leaves is met.
 *
 * @throws ProtocolError TOO_LARGE, BAD_FRAMING, MALFORMED_UTF8, MALFORMED_JSON, MISSING_FIELD, UNKNOWN_FIELD, BAD_FIELD, UNKNOWN_TYPE
 */
export function decodeStateDirectory(leaf: Uint8Array): ProjectionState {
  const body = stateLeafBody(leaf);
  const lines = new DirectoryLines(body);
  const header = lines.next();
  requireMembers(header, HEADER, []);
  requireOneOf(header['cairn'], 'cairn', ['state/1']);
  const state = readHeader(header);
  readEach(lines, header, 'members', (line) => readMember(state, line));
  readEach(lines, header, 'keys', (line) => readKey(state, line));
  readEach(lines, header, 'channels', (line) => readChannel(state, line));
  readEach(lines, header, 'rights', (line) => readRight(state, line));
  requireOneSpelling(body, state);
  return state;
}

function readHeader(json: JsonObject): ProjectionState {
  const time = requireInteger(json['time'], 'time', 0);
  return {
    ...emptyState(),
    size: requireInteger(json['size'], 'size', 1),
    time,
    now: requireInteger(json['now'], 'now', 0, time),
    origin: requireOrigin(json['origin'], 'origin'),
  };
}

/** Reads as many lines as the header says; `read` returns the name by which they ascend. */
function readEach(
  lines: DirectoryLines,
  header: JsonObject,
  name: string,
  read: (line: JsonObject) => string,
): void {
  const count = requireInteger(header[name], name, 0);
  let last = '';
  for (let i = 0; i < count; i++) {
    const next = read(lines.next());
    requireAscending([last, next], name);
    last = next;
  }
}

function readMember(state: ProjectionState, json: JsonObject): string {
  requireMembers(json, MEMBER, []);
  const member = requireName(json['member'], 'member');
  const code = requireInteger(json['code'], 'code', 1);
  const kind = requireOneOf(json['memberKind'], 'memberKind', MEMBER_KINDS);
  const accredited = requireBoolean(json['accredited'], 'accredited');
  require(!accredited || kind === 'hotline', 'accredited', 'is only for hotlines');
  require(!state.codes.has(code), 'code', 'stands for one member');
  state.codes.set(code, member);
  state.members.set(member, {
    member,
    code,
    name: requireText(json['name'], 'name', PERSONAL_NAME.pattern, PERSONAL_NAME.rule),
    kind,
    group: requireName(json['group'], 'group'),
    accredited,
    status: requireOneOf(json['status'], 'status', MEMBER_STATUSES),
    submissions: requireInteger(json['submissions'], 'submissions', 0),
  });
  return member;
}

function readKey(state: ProjectionState, json: JsonObject): string {
  requireMembers(json, ['key', 'member', 'purpose', 'revokedAt'], []);
  const key = requireThumbprint(json['key'], 'key');
  const revokedAt = json['revokedAt'];
  state.keys.set(key, {
    member: requireMember(state, json),
    purpose: requireOneOf(json['purpose'], 'purpose', KEY_PURPOSES),
    revokedAt: revokedAt === null ? null : requireInteger(revokedAt, 'revokedAt', 0, state.size - 1),
  });
  return key;
}

function readChannel(state: ProjectionState, json: JsonObject): string {
  requireMembers(json, ['channel', 'policy'], []);
  const channel = requireName(json['channel'], 'channel');
  const policy = readChannelPolicy(json['policy']);
  const labelCodes = new Map(policy.labels.map(({ code, label }) => [label, code]));
  state.channels.set(channel, { policy, labelCodes, rights: new Map(), signals: new Map() });
  return channel;
}

function readRight(state: ProjectionState, json: JsonObject): string {
  requireMembers(json, ['channel', 'member', 'submit', 'receive'], []);
  const channel = requireName(json['channel'], 'channel');
  const known = state.channels.get(channel);
  require(known !== undefined, 'channel', 'must be a channel of the directory');
  const member = requireMember(state, json);
  const observer = state.members.get(member)!.kind === 'government';
  require(!observer, 'member', 'a government body is given no right');
  known!.rights.set(member, {
    submit: requireBoolean(json['submit'], 'submit'),
    receive: requireBoolean(json['receive'], 'receive'),
  });
  // The space sorts before every character of a name: the order is by channel, then by member.
  return `${channel} ${member}`;
}

function requireMember(state: ProjectionState, json: JsonObject): string {
  const member = requireName(json['member'], 'member');
  require(state.members.has(member), 'member', 'must be a member of the directory');
  return member;
}

function requireOneSpelling(body: Uint8Array, state: ProjectionState): void {
  const spelt = encoder.encode(directoryText(state));
  if (spelt.length === body.length && spelt.every((byte, at) => byte === body[at])) return;
  throw framing('must be spelt as docs/protocol-state.md says, with nothing after it');
}

const LF = 0x0a;

/** Lines are cut one by one, as they are asked for. */
class DirectoryLines {
  private start = 0;

  constructor(private readonly bytes: Uint8Array) {}

  next(): JsonObject {
    const end = this.bytes.indexOf(LF, this.start);
    if (end < 0) throw framing('must hold as many lines as it says, each ending in LF');
    const line = this.bytes.subarray(this.start, end);
    this.start = end + 1;
    return requireObject(parseJsonBytes(line, 'state'), 'state');
  }
}

function require(holds: boolean, field: string, rule: string): void {
  if (!holds) throw new ProtocolError({ code: 'BAD_FIELD', field, rule });
}

function framing(rule: string): ProtocolError {
  return new ProtocolError({ code: 'BAD_FRAMING', field: 'state', rule });
}
