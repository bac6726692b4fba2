import { requireArray, requireDigest, requireInteger, requireMembers, requireObject } from '../fields.js';
import { parseJsonBytes } from '../json-bytes.js';
import { LIMITS } from '../limits.js';
import { ProtocolError } from '../protocol-error.js';
import { requireOrigin } from '../submission/manifest.js';

/** Most bytes of an entry proof (docs/protocol-proof.md, "Document"). */
export const MAX_ENTRY_PROOF_BYTES = 1_048_576;

const MOST_PATH = 63;
const MOST_TOKEN = 4096;
const MOST_PROOF_TEXT = 163_840;

/** A leaf of the provenance log, as its exact text, with a `c2sp.org/tlog-proof@v1` text for it. */
export interface ProvedLeaf {
  leaf: string;
  proof: string;
}

/** The hub's decision about the entry: its exact line, and its path to the decision root. */
export interface ProvedDecision {
  line: string;
  /** Hashes in hex, leaf side first. */
  path: string[];
}

/** Who signed the submission, and under which key. */
export interface ProvedAuthor {
  /** Exact text of the author body. */
  body: string;
  /** The manifest: a compact JWS. */
  manifest: string;
  /** The `key` statement of the key that signed. */
  key: ProvedLeaf;
  /** The hub's own statement, leaf 0: it has the key that signed `standing`. */
  hub: ProvedLeaf;
  /** What the hub signs of the key's later standing: see `KeyStanding`. */
  standing: string;
}

/**
 * One entry with everything that proves where it came from, checked offline (docs/protocol-proof.md). Nothing of it is verified yet. At least one
 * of `content` and `author` is there, and `decision` if and only if `content` is.
 */
export interface EntryProof {
  /** Name of the hub. */
  origin: string;
  /** Index of the submission in the provenance log. */
  index: number;
  /** Line of the entry, from 0. */
  line: number;
  /** Exact text of the line, without LF. */
  entry: string;
  /** Hashes from the line to the entry root in hex, leaf side first. */
  path: readonly string[];
  /** The submission's own leaf. */
  submission: ProvedLeaf;
  /** Exact text of the content body, or null for an author who may not receive the channel. */
  content: string | null;
  decision: ProvedDecision | null;
  /** Null in a blinded proof. */
  author: ProvedAuthor | null;
}

const MEMBERS = ['origin', 'index', 'line', 'entry', 'path', 'submission', 'content', 'decision', 'author'];
const AUTHOR_MEMBERS = ['body', 'manifest', 'key', 'hub', 'standing'];
const encoder = new TextEncoder();

/** The one spelling of an entry proof: compact JSON in the order of docs/protocol-proof.md, and an LF. */
export function encodeEntryProof(proof: EntryProof): Uint8Array {
  const { origin, index, line, entry, path, submission, content, decision, author } = proof;
  const document = {
    cairn: 'entry-proof/1',
    origin,
    index,
    line,
    entry,
    path,
    submission: provedLeaf(submission),
    content,
    decision: decision && { line: decision.line, path: decision.path },
    author: author && {
      body: author.body,
      manifest: author.manifest,
      key: provedLeaf(author.key),
      hub: provedLeaf(author.hub),
      standing: author.standing,
    },
  };
  return encoder.encode(`${JSON.stringify(document)}\n`);
}

function provedLeaf({ leaf, proof }: ProvedLeaf): ProvedLeaf {
  return { leaf, proof };
}

/**
 * Reads an entry proof. Only the one spelling is accepted, so that no byte of a file can be changed unseen.
 *
 * @throws ProtocolError TOO_LARGE, MALFORMED_UTF8, MALFORMED_JSON, MISSING_FIELD, UNKNOWN_FIELD, BAD_FIELD, BAD_FRAMING
 */
export function decodeEntryProof(bytes: Uint8Array): EntryProof {
  if (bytes.length > MAX_ENTRY_PROOF_BYTES) throw tooLarge('document', MAX_ENTRY_PROOF_BYTES);
  const json = requireObject(parseJsonBytes(bytes, 'document'), 'document');
  requireMembers(json, ['cairn', ...MEMBERS], []);
  if (json['cairn'] !== 'entry-proof/1') {
    throw new ProtocolError({ code: 'BAD_FIELD', field: 'cairn', rule: 'must be entry-proof/1' });
  }
  const proof: EntryProof = {
    origin: requireOrigin(json['origin'], 'origin'),
    index: requireInteger(json['index'], 'index', 1),
    line: requireInteger(json['line'], 'line', 0, LIMITS.entries - 1),
    entry: requireString(json['entry'], 'entry', LIMITS.lineBytes),
    path: readPath(json['path'], 'path'),
    submission: readLeaf(json['submission'], 'submission'),
    content: orNull(json['content'], (content) => requireString(content, 'content', LIMITS.statementBytes)),
    decision: orNull(json['decision'], readProvedDecision),
    author: orNull(json['author'], readAuthor),
  };
  requireParts(proof);
  requireSpelling(bytes, proof);
  return proof;
}

function readLeaf(value: unknown, field: string): ProvedLeaf {
  const json = requireObject(value, field);
  requireMembers(json, ['leaf', 'proof'], [], `${field}.`);
  return {
    leaf: requireString(json['leaf'], `${field}.leaf`, LIMITS.statementBytes),
    proof: requireString(json['proof'], `${field}.proof`, MOST_PROOF_TEXT),
  };
}

/**
 * Reads `{line, path}`: a decision line with its path. Nothing of it is verified yet.
 *
 * @throws ProtocolError TOO_LARGE, MISSING_FIELD, UNKNOWN_FIELD, BAD_FIELD
 */
export function readProvedDecision(value: unknown): ProvedDecision {
  const json = requireObject(value, 'decision');
  requireMembers(json, ['line', 'path'], [], 'decision.');
  return {
    line: requireString(json['line'], 'decision.line', LIMITS.lineBytes),
    path: readPath(json['path'], 'decision.path'),
  };
}

function readAuthor(value: unknown): ProvedAuthor {
  const json = requireObject(value, 'author');
  requireMembers(json, AUTHOR_MEMBERS, [], 'author.');
  return {
    body: requireString(json['body'], 'author.body', LIMITS.statementBytes),
    manifest: requireString(json['manifest'], 'author.manifest', LIMITS.manifestBytes),
    key: readLeaf(json['key'], 'author.key'),
    hub: readLeaf(json['hub'], 'author.hub'),
    standing: requireString(json['standing'], 'author.standing', MOST_TOKEN),
  };
}

function readPath(value: unknown, field: string): string[] {
  return requireArray(value, field, MOST_PATH).map((hash) => requireDigest(hash, field));
}

function orNull<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value);
}

function requireString(value: unknown, field: string, mostBytes: number): string {
  if (typeof value !== 'string') {
    throw new ProtocolError({ code: 'BAD_FIELD', field, rule: 'must be a string' });
  }
  if (encoder.encode(value).length > mostBytes) throw tooLarge(field, mostBytes);
  return value;
}

function tooLarge(field: string, most: number): ProtocolError {
  return new ProtocolError({ code: 'TOO_LARGE', field, rule: `must be at most ${most} bytes` });
}

function requireParts({ content, decision, author }: EntryProof): void {
  if ((content === null) !== (decision === null)) {
    const rule = 'must be there if and only if content is';
    throw new ProtocolError({ code: 'BAD_FIELD', field: 'decision', rule });
  }
  if (content === null && author === null) {
    throw new ProtocolError({ code: 'BAD_FIELD', field: 'content', rule: 'must be there, or author must' });
  }
}

function requireSpelling(bytes: Uint8Array, proof: EntryProof): void {
  const canonical = encodeEntryProof(proof);
  if (bytes.length === canonical.length && bytes.every((byte, at) => byte === canonical[at])) return;
  const rule = 'must be in its one spelling: compact, members in order, LF at the end';
  throw new ProtocolError({ code: 'BAD_FRAMING', field: 'document', rule });
}
