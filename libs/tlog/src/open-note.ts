import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from './bytes.js';
import { cosignedMessage, parseCosignature } from './cosignature.js';
import { SIGNATURE_BYTES } from './note-signer.js';
import { keyOf, parseNote, type NoteSignature, type SignedNote } from './signed-note.js';
import { utf8Bytes } from './text.js';
import { TlogError } from './tlog-error.js';
import { NOTE_SIGNATURE, type VerifierKey } from './verifier-key.js';

/** The first half of a signature is the point R. */
const POINT_BYTES = 32;

/** A signature by a known key that verified. */
export interface VerifiedSignature {
  readonly key: VerifierKey;
  /**
   * When a cosignature was made, in seconds since 1970-01-01T00:00:00Z; undefined for type 0x01, which has no
   * time.
   */
  readonly timestamp?: number;
}

/** A note of which every signature by a known key verified, at least one. */
export interface OpenedNote {
  readonly text: string;
  /** One for each line by a known key, in the order of the lines: a key may have several. */
  readonly signatures: readonly VerifiedSignature[];
}

/**
 * Verifies a note against known keys: c2sp.org/signed-note, "Signatures". Lines by unknown keys are ignored,
 * also when name or key id alone is that of a known one; one bad line by a known key rejects the whole note.
 * Ed25519 is verified as RFC 8032 §5.1.7 says, with and without the cofactor, and without the leniency of ZIP 215.
 * @throws TlogError `malformed`, `too_large`; `bad_key` when two keys have the same name and key id;
 * `bad_signature`; `unsigned`
 */
export function openNote(note: string | Uint8Array | SignedNote, keys: readonly VerifierKey[]): OpenedNote {
  const parsed = typeof note === 'object' && 'text' in note ? note : parseNote(note);
  const known = keysByName(keys);
  const signatures = parsed.signatures.flatMap((signature) => {
    const key = known.get(keyOf(signature));
    return key === undefined ? [] : [verifySignature(parsed.text, signature, key)];
  });
  if (signatures.length === 0) throw new TlogError('unsigned', 'note: no signature by a known key');
  return { text: parsed.text, signatures };
}

function keysByName(keys: readonly VerifierKey[]): Map<string, VerifierKey> {
  const known = new Map(keys.map((key) => [keyOf(key), key]));
  if (known.size !== keys.length) throw new TlogError('bad_key', 'keys: two have the same name and key id');
  return known;
}

function verifySignature(text: string, { signature }: NoteSignature, key: VerifierKey): VerifiedSignature {
  if (key.type === NOTE_SIGNATURE) {
    requireValid(signature, utf8Bytes(text), key);
    return { key };
  }
  const { timestamp, signature: timeless } = parseCosignature(signature);
  requireValid(timeless, cosignedMessage(text, timestamp), key);
  return { key, timestamp };
}

function requireValid(signature: Uint8Array, message: Uint8Array, key: VerifierKey): void {
  const valid =
    signature.length === SIGNATURE_BYTES &&
    ed25519.verify(signature, message, key.publicKey, { zip215: false }) &&
    holdsWithoutCofactor(signature, message, key);
  if (!valid) throw new TlogError('bad_signature', 'note: a signature by a known key does not verify');
}

/**
 * Whether [S]B = R + [k]A holds as it stands, and not only times the cofactor: RFC 8032 §5.1.7 allows either check, but others (OpenSSL)
 * make this one, and no note may be good for some verifiers alone.
 */
function holdsWithoutCofactor(
  signature: Uint8Array,
  message: Uint8Array,
  { publicKey }: VerifierKey,
): boolean {
  const { Point } = ed25519;
  const [r, s] = [signature.subarray(0, POINT_BYTES), signature.subarray(POINT_BYTES)];
  const k = littleEndian(sha512(concatBytes([r, publicKey, message]))) % Point.Fn.ORDER;
  const left = Point.BASE.multiplyUnsafe(littleEndian(s));
  return left.equals(Point.fromBytes(r).add(Point.fromBytes(publicKey).multiplyUnsafe(k)));
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
