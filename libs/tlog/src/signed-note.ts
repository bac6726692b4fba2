import { decodeBase64, encodeBase64 } from './base64.js';
import { concatBytes, copyBytes } from './bytes.js';
import { MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES } from './limits.js';
import { requireText } from './text.js';
import { TlogError } from './tlog-error.js';
import { readKeyId, requireKeyName } from './verifier-key.js';

/** One signature line. Nothing is known about it until `openNote` verified it. */
export interface NoteSignature {
  /** Name of the key. */
  readonly name: string;
  /** Key id, unsigned 32-bit. */
  readonly keyId: number;
  /** What stands behind the key id: for type 0x01 64 bytes, for type 0x04 a timestamp and 64 bytes. */
  readonly signature: Uint8Array;
}

/** A note taken apart, nothing verified. */
export interface SignedNote {
  /** The text, with its final newline and without the empty line behind it: these are the signed bytes. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const KEY_ID_BYTES = 4;
const LINE = /^\u2014 ([^ ]+) ([^ ]+)$/u;

/**
 * A note taken apart, strictly: c2sp.org/signed-note, "Format". Its text must not be used before `openNote`
 * verified it.
 * @throws TlogError `malformed`, or `too_large` over 64 KiB or 64 signature lines
 */
export function parseNote(note: string | Uint8Array): SignedNote {
  const whole = requireText(note, 'note', MAX_NOTE_BYTES);
  const split = whole.lastIndexOf('\n\n');
  if (split < 0)
    throw new TlogError('malformed', 'note: must have an empty line between text and signatures');
  return { text: whole.slice(0, split + 1), signatures: parseSignatureLines(whole.slice(split + 2)) };
}

/**
 * The note as text: c2sp.org/signed-note, "Format".
 * @throws TlogError `malformed`, or `too_large` over 64 KiB or 64 signature lines
 */
export function formatNote({ text, signatures }: SignedNote): string {
  if (!text.endsWith('\n')) throw new TlogError('malformed', 'note: the text must end in a newline');
  if (signatures.length === 0) throw new TlogError('malformed', 'note: must have a signature line');
  return requireText(`${text}\n${formatSignatureLines(signatures)}`, 'note', MAX_NOTE_BYTES);
}

/**
 * Signature lines alone, as a witness answers (c2sp.org/tlog-witness, "add-checkpoint"): at least one.
 * @throws TlogError `malformed`, or `too_large` over 64 KiB or 64 lines
 */
export function parseSignatureLines(lines: string | Uint8Array): NoteSignature[] {
  const text = requireText(lines, 'signature lines', MAX_NOTE_BYTES);
  if (!text.endsWith('\n')) throw new TlogError('malformed', 'signature lines: must end in a newline');
  const each = text.slice(0, -1).split('\n');
  requireFew(each.length);
  return each.map(parseSignatureLine);
}

/** Signature lines alone (c2sp.org/signed-note, "Format"), at most 64. */
export function formatSignatureLines(signatures: readonly NoteSignature[]): string {
  requireFew(signatures.length);
  return signatures.map(formatSignatureLine).join('');
}

/**
 * The note with more signatures; one of the same name and key id as an older one takes its place, as a fresh
 * cosignature does (c2sp.org/tlog-witness, "add-checkpoint"). Nothing is verified.
 */
export function withSignatures(note: SignedNote, more: readonly NoteSignature[]): SignedNote {
  const replaced = new Set(more.map(keyOf));
  return {
    text: note.text,
    signatures: [...note.signatures.filter((old) => !replaced.has(keyOf(old))), ...more],
  };
}

/** What tells one key from another: a name has no plus. */
export function keyOf({ name, keyId }: { readonly name: string; readonly keyId: number }): string {
  return `${name}+${keyId}`;
}

function requireFew(lines: number): void {
  if (lines > MAX_NOTE_SIGNATURES) {
    throw new TlogError('too_large', `note: must have ${MAX_NOTE_SIGNATURES} signature lines at most`);
  }
}

function parseSignatureLine(line: string): NoteSignature {
  const match = LINE.exec(line);
  if (match === null) {
    throw new TlogError(
      'malformed',
      'signature line: must be an em dash, a key name and base64, one space between',
    );
  }
  const [, name, base64] = match as unknown as [string, string, string];
  const bytes = decodeBase64(base64, 'signature line');
  if (bytes.length <= KEY_ID_BYTES) {
    throw new TlogError('malformed', 'signature line: must hold a key id and a signature');
  }
  return { name: requireKeyName(name), keyId: readKeyId(bytes), signature: copyBytes(bytes, KEY_ID_BYTES) };
}

function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  if (signature.length === 0) throw new TlogError('malformed', 'signature line: must hold a signature');
  const id = new Uint8Array(KEY_ID_BYTES);
  new DataView(id.buffer).setUint32(0, keyId);
  return `\u2014 ${requireKeyName(name)} ${encodeBase64(concatBytes([id, signature]))}\n`;
}
