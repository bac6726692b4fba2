import { sha256 } from '#sha256';
import { ed25519 } from '@noble/curves/ed25519.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { concatBytes } from './bytes.js';
import { requireLine, utf8Bytes } from './text.js';
import { TlogError } from './tlog-error.js';

/**
 * What a key signs (c2sp.org/signed-note, "Signature types"): 0x01 the text of a note, 0x04 a timestamped
 * cosignature of a checkpoint (c2sp.org/tlog-cosignature), both with Ed25519.
 */
export type SignatureType = 0x01 | 0x04;

/** Signs the text of a note. */
export const NOTE_SIGNATURE = 0x01;

/** Cosigns a checkpoint. */
export const COSIGNATURE = 0x04;

/** A public key with the name it signs under; name and key id together tell which key made a signature. */
export interface VerifierKey {
  readonly name: string;
  /** Unsigned 32-bit. */
  readonly keyId: number;
  readonly type: SignatureType;
  /** Ed25519 public key, 32 bytes, RFC 8032 §5.1.5. */
  readonly publicKey: Uint8Array;
}

const VKEY = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s;
const SPACE_OR_PLUS = /[\p{White_Space}+]/u;

/**
 * The verifier key of a public key: its key id is computed (c2sp.org/signed-note, "Verifier keys").
 * @throws TlogError `malformed` for a name that is empty or has a space, a plus or a control character;
 * `bad_key` for a key that is not 32 bytes, not the canonical encoding of a point, or of small order
 */
export function verifierKey(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  const key = requirePoint(publicKey);
  return { name, keyId: computeKeyId(name, type, key), type, publicKey: key };
}

/**
 * The key id: the first four bytes, big-endian, of SHA-256(name || 0x0A || type || public key),
 * c2sp.org/signed-note, "Signatures".
 * @throws TlogError `malformed` for a name that no key can have
 */
export function computeKeyId(name: string, type: SignatureType, publicKey: Uint8Array): number {
  const digest = sha256(
    concatBytes([utf8Bytes(`${requireKeyName(name)}\n`), Uint8Array.of(type), publicKey]),
  );
  return readKeyId(digest);
}

/**
 * A key from its text, `<name>+<key id>+<base64 of type and public key>`: c2sp.org/signed-note, "Verifier
 * keys".
 * @throws TlogError `malformed`; `bad_key` for a type other than 0x01 and 0x04, a key id that is not the
 * computed one, or an unusable public key
 */
export function parseVerifierKey(text: string): VerifierKey {
  const match = VKEY.exec(text);
  if (match === null)
    throw new TlogError('malformed', 'verifier key: must be <name>+<8 hex digits>+<base64>');
  const [, name, hexId, material] = match as unknown as [string, string, string, string];
  const [type, ...publicKey] = decodeBase64(material, 'verifier key');
  if (type !== NOTE_SIGNATURE && type !== COSIGNATURE) {
    throw new TlogError('bad_key', 'verifier key: only the types 0x01 and 0x04 (Ed25519) are known');
  }
  const key = verifierKey(name, type, Uint8Array.from(publicKey));
  if (key.keyId !== Number.parseInt(hexId, 16)) {
    throw new TlogError('bad_key', 'verifier key: the key id is not that of the name and key');
  }
  return key;
}

/** The text of a key: c2sp.org/signed-note, "Verifier keys". */
export function formatVerifierKey({ name, keyId, type, publicKey }: VerifierKey): string {
  const material = encodeBase64(concatBytes([Uint8Array.of(type), publicKey]));
  return `${name}+${keyId.toString(16).padStart(8, '0')}+${material}`;
}

/**
 * `name` if a key can have it: not empty, no Unicode space, no plus, no control character
 * (c2sp.org/signed-note, "Format").
 */
export function requireKeyName(name: string): string {
  if (SPACE_OR_PLUS.test(requireLine(name, 'key name'))) {
    throw new TlogError('malformed', 'key name: must hold neither a space nor a plus');
  }
  return name;
}

/** The key id in the first four bytes. */
export function readKeyId(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
}

/** Everyone could sign for a small-order key, and two encodings of one point would be two keys. */
function requirePoint(publicKey: Uint8Array): Uint8Array {
  const key = Uint8Array.from(publicKey);
  try {
    if (!ed25519.Point.fromBytes(key, false).isSmallOrder()) return key;
  } catch {
    // Reported below, together with small order.
  }
  throw new TlogError('bad_key', 'public key: must be a canonical Ed25519 point that is not of small order');
}
