import { createPrivateKey, createPublicKey, hkdfSync, sign } from 'node:crypto';
import { decodeBase64url } from './base64url.js';
import { KeysError } from './keys-error.js';

/** An Ed25519 key that signs the notes of one log (C2SP signed-note). */
export interface CheckpointKey {
  /** 32 bytes, RFC 8032 §5.1.5. */
  readonly publicKey: Uint8Array;
  /** The signature of `message`, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/**
 * Derives the checkpoint key of the log named `origin` from a hub's one secret seed: every log has a key of its own
 * (C2SP tlog-policy forbids two logs with one key) and only one secret needs a backup. The private key is
 * HKDF-SHA256 (RFC 5869) of the seed, without salt, info `cairn/checkpoint-key/v1` LF origin.
 *
 * @throws KeysError `INVALID_SEED` unless the seed has 32 bytes, `INVALID_ORIGIN` when the origin is empty
 */
export function deriveCheckpointKey(seed: Uint8Array, origin: string): CheckpointKey {
  if (seed.length !== 32) throw new KeysError('INVALID_SEED', 'seed: must have 32 bytes');
  if (origin === '') throw new KeysError('INVALID_ORIGIN', 'origin: must not be empty');
  const secret = Buffer.from(hkdfSync('sha256', seed, '', `cairn/checkpoint-key/v1\n${origin}`, 32));
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519, secret]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return {
    publicKey: decodeBase64url(x!)!,
    sign: (message) => sign(null, message, privateKey),
  };
}

/** PrivateKeyInfo of RFC 8410 §7 up to the 32 bytes of the key. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
