import { HASH_BYTES } from '#libs/tlog';
import { LIMITS } from '../limits.js';
import { ProtocolError } from '../protocol-error.js';
import type { ErasedLineHash } from '../submission/erased-lines.js';

/** As much of one submission as somebody is shown. */
export interface ShownSubmission {
  /** Log index. */
  index: number;
  /** Content body and decision column (`encodeDecisionColumn`); both or neither. */
  content: Uint8Array | null;
  decisions: Uint8Array | null;
  /** Author body and manifest; both or neither. */
  author: Uint8Array | null;
  manifest: string | null;
  /** The lines that are not erased, each with its LF; null when lines are not shown. */
  lines: Uint8Array | null;
  /** The others: their leaf hashes, by ascending line. Empty when lines are not shown. */
  erased: readonly ErasedLineHash[];
}

/** What stands behind the submissions of a part of the log, as far as somebody is shown it (docs/protocol-replay.md). */
export interface EvidenceFile {
  /** Log indexes that the file is about: from `from` up to, not including, `end`. */
  from: number;
  end: number;
  /** By ascending index; a submission of which nothing is shown is left out. */
  submissions: readonly ShownSubmission[];
}

/** Longest file: a hub stops after the submission with which it passes 4 MiB, and one can be this long by itself. */
export const MAX_EVIDENCE_BYTES = 16 * 1024 * 1024;

const MAGIC = Uint8Array.from('CAIRNEV1', (character) => character.charCodeAt(0));
const CONTENT = 1;
const AUTHOR = 2;
const LINES = 4;
const ERASED = 8;
const MAX_BODY_BYTES = 65_535;
const MAX_DECISION_BYTES = LIMITS.entries * 8;
const encoder = new TextEncoder();

/** Exact bytes of an evidence file. */
export function encodeEvidence({ from, end, submissions }: EvidenceFile): Uint8Array {
  const parts: Uint8Array[] = [MAGIC, u64(from), u64(end)];
  for (const { index, content, decisions, author, manifest, lines, erased } of submissions) {
    const isShort = erased.length > 0;
    const flags =
      (content ? CONTENT : 0) + (author ? AUTHOR : 0) + (lines ? LINES : 0) + (isShort ? ERASED : 0);
    parts.push(u64(index), Uint8Array.of(flags));
    const manifestBytes = manifest === null ? null : encoder.encode(manifest);
    for (const part of [content, decisions, author, manifestBytes, lines]) {
      if (part !== null) parts.push(u32(part.length), part);
    }
    if (isShort) parts.push(u32(erased.length), ...erased.flatMap(({ line, hash }) => [u32(line), hash]));
  }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Reads an evidence file; the parts are views of its bytes, and nothing vouches for them yet.
 *
 * @throws ProtocolError BAD_FRAMING, TOO_LARGE
 */
export function decodeEvidence(bytes: Uint8Array): EvidenceFile {
  if (bytes.length > MAX_EVIDENCE_BYTES) {
    throw new ProtocolError({ code: 'TOO_LARGE', field: 'evidence', rule: 'must be at most 16 MiB' });
  }
  const reader = new FrameReader(bytes);
  if (!MAGIC.every((byte) => byte === reader.u8())) throw framing('must begin with CAIRNEV1');
  const [from, end] = [reader.u64(), reader.u64()];
  if (from >= end) throw framing('must be about at least one index');
  const submissions: ShownSubmission[] = [];
  for (let least = from; !reader.atEnd;) {
    const shown = readSubmission(reader);
    if (shown.index < least || shown.index >= end) throw framing('indexes must ascend within its range');
    least = shown.index + 1;
    submissions.push(shown);
  }
  return { from, end, submissions };
}

function readSubmission(reader: FrameReader): ShownSubmission {
  const index = reader.u64();
  const flags = reader.u8();
  if (flags === 0 || flags > (CONTENT | AUTHOR | LINES | ERASED)) throw framing('must know its parts');
  const isShort = (flags & ERASED) !== 0;
  const [hasContent, hasAuthor, hasLines] = [CONTENT, AUTHOR, LINES].map((bit) => (flags & bit) !== 0);
  const content = hasContent ? reader.part(MAX_BODY_BYTES) : null;
  const decisions = hasContent ? reader.part(MAX_DECISION_BYTES) : null;
  const author = hasAuthor ? reader.part(MAX_BODY_BYTES) : null;
  const manifest = hasAuthor ? ascii(reader.part(LIMITS.manifestBytes)) : null;
  const lines = hasLines ? reader.part(LIMITS.entriesBytes) : null;
  if (isShort && lines === null) throw framing('erased lines come with the lines that are left');
  const erased = isShort ? readErased(reader) : [];
  return { index, content, decisions, author, manifest, lines, erased };
}

function readErased(reader: FrameReader): ErasedLineHash[] {
  const count = reader.u32();
  if (count === 0) throw framing('erased lines are at least one');
  if (count > LIMITS.entries) throw framing('a part is longer than its kind may be');
  const erased: ErasedLineHash[] = [];
  for (let least = 0; erased.length < count;) {
    const line = reader.u32();
    if (line < least || line >= LIMITS.entries) throw framing('erased lines must ascend');
    least = line + 1;
    erased.push({ line, hash: reader.take(HASH_BYTES) });
  }
  return erased;
}

/** A manifest is a compact JWS; other bytes than ASCII could have two spellings. */
function ascii(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte > 0x7e)) throw framing('a manifest must be ASCII');
  return String.fromCharCode(...bytes);
}

class FrameReader {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get atEnd(): boolean {
    return this.at === this.bytes.length;
  }

  u8(): number {
    return this.view.getUint8(this.advance(1));
  }

  u64(): number {
    const at = this.advance(8);
    const value = this.view.getUint32(at) * 2 ** 32 + this.view.getUint32(at + 4);
    if (!Number.isSafeInteger(value)) throw framing('an index must be at most 2^53 - 1');
    return value;
  }

  u32(): number {
    return this.view.getUint32(this.advance(4));
  }

  part(most: number): Uint8Array {
    const length = this.u32();
    if (length > most) throw framing('a part is longer than its kind may be');
    return this.take(length);
  }

  take(length: number): Uint8Array {
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  private advance(length: number): number {
    const start = this.at;
    if (length > this.bytes.length - start) throw framing('must not end within a part');
    this.at += length;
    return start;
  }
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(value / 2 ** 32));
  view.setUint32(4, value % 2 ** 32);
  return bytes;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function framing(rule: string): ProtocolError {
  return new ProtocolError({ code: 'BAD_FRAMING', field: 'evidence', rule });
}
