import { formatNote, type NoteSignature } from './signed-note.js';
import { utf8Bytes } from './text.js';
import { TlogError } from './tlog-error.js';

/** Length of an Ed25519 signature, RFC 8032 §5.1.6, in bytes. */
export const SIGNATURE_BYTES = 64;

/** A private key, wherever it is kept. */
export interface NoteSigner {
  /** Name of the key. */
  readonly name: string;
  /** Key id, unsigned 32-bit: see `computeKeyId`. It tells the type of the key too. */
  readonly keyId: number;
  /** The Ed25519 signature over `message`, RFC 8032 §5.1.6: 64 bytes. */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/**
 * A note over `text`, signed by keys of type 0x01 in the order given: c2sp.org/signed-note, "Ed25519
 * signatures".
 * @throws TlogError `malformed`, `too_large`, or `bad_signature` when a signer returns no 64 bytes
 */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  const signatures = await Promise.all(signers.map((signer) => signText(text, signer)));
  return formatNote({ text, signatures });
}

async function signText(text: string, signer: NoteSigner): Promise<NoteSignature> {
  const signature = requireSignature(await signer.sign(utf8Bytes(text)));
  return { name: signer.name, keyId: signer.keyId, signature };
}

/** What a signer returned, if it has the length of a signature. */
export function requireSignature(signature: Uint8Array): Uint8Array {
  if (signature.length !== SIGNATURE_BYTES) {
    throw new TlogError('bad_signature', 'signer: must return an Ed25519 signature of 64 bytes');
  }
  return signature;
}
