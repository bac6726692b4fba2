import { concatBytes, copyBytes } from './bytes.js';
import { parseCheckpoint } from './checkpoint.js';
import { readUint64, requireInteger, uint64Bytes } from './integers.js';
import { type NoteSigner, requireSignature, SIGNATURE_BYTES } from './note-signer.js';
import type { NoteSignature } from './signed-note.js';
import { utf8Bytes } from './text.js';
import { TlogError } from './tlog-error.js';

/** A cosignature taken apart, nothing verified. */
export interface TimestampedSignature {
  /** When it was made, in seconds since 1970-01-01T00:00:00Z. */
  readonly timestamp: number;
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array;
}

const TIMESTAMP_BYTES = 8;

/**
 * The bytes that a witness signs (type 0x04): a line `cosignature/v1`, a line `time <seconds>`, and the whole
 * text of the checkpoint: c2sp.org/tlog-cosignature, "Ed25519 signed message".
 * @throws TlogError `out_of_range` for a time that is not a safe integer
 */
export function cosignedMessage(text: string, timestamp: number): Uint8Array {
  return utf8Bytes(`cosignature/v1\ntime ${requireInteger(timestamp, 'timestamp')}\n${text}`);
}

/**
 * Takes the signature part of a cosignature line apart: a big-endian 64-bit time, then 64 bytes of Ed25519
 * (c2sp.org/tlog-cosignature, "Format").
 * @throws TlogError `bad_signature` for another length, `out_of_range` for a time over 2^53 - 1
 */
export function parseCosignature(bytes: Uint8Array): TimestampedSignature {
  if (bytes.length !== TIMESTAMP_BYTES + SIGNATURE_BYTES) {
    throw new TlogError('bad_signature', 'cosignature: must be 72 bytes');
  }
  return { timestamp: readUint64(bytes, 0, 'timestamp'), signature: copyBytes(bytes, TIMESTAMP_BYTES) };
}

/**
 * Cosigns a checkpoint: "at this time, this was the largest consistent tree of its log I had seen"
 * (c2sp.org/tlog-cosignature). Whoever calls it has checked that it was.
 * @param text the checkpoint without signatures
 * @param signer of a key of type 0x04
 * @param timestamp seconds since 1970-01-01T00:00:00Z
 * @throws TlogError `malformed` when the text is not a checkpoint, `out_of_range` (time), `bad_signature`
 * when the signer returns no 64 bytes
 */
export async function cosign(text: string, signer: NoteSigner, timestamp: number): Promise<NoteSignature> {
  parseCheckpoint(text);
  const signature = requireSignature(await signer.sign(cosignedMessage(text, timestamp)));
  const timestamped = concatBytes([uint64Bytes(timestamp, 'timestamp'), signature]);
  return { name: signer.name, keyId: signer.keyId, signature: timestamped };
}
