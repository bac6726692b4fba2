import { ed25519 } from '@noble/curves/ed25519.js';
import { utf8Bytes } from './text.js';
import { sha256 } from '#sha256';
import type { NoteSigner } from './note-signer.js';
import { TlogError, type TlogErrorCode } from './tlog-error.js';
import { verifierKey, type SignatureType, type VerifierKey } from './verifier-key.js';

/** A private key with its verifier key. */
export interface TestKey extends NoteSigner {
  readonly verifier: VerifierKey;
}

/** The key of that name and type whose seed is the hash of `seed`. */
export function testKey(name: string, type: SignatureType, seed = name): TestKey {
  return seededKey(name, type, sha256(utf8Bytes(seed)));
}

/** The key of that name and type with that seed of 32 bytes. */
export function seededKey(name: string, type: SignatureType, seed: Uint8Array): TestKey {
  const verifier = verifierKey(name, type, ed25519.getPublicKey(seed));
  return { name, keyId: verifier.keyId, verifier, sign: (message) => ed25519.sign(message, seed) };
}

/** The code of the TlogError that `act` throws, or undefined when it throws none. */
export function codeOf(act: () => unknown): TlogErrorCode | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof TlogError) return error.code;
    throw error;
  }
}

/** The code of the TlogError that `act` rejects with, or undefined when it does not. */
export async function asyncCodeOf(act: () => Promise<unknown>): Promise<TlogErrorCode | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof TlogError) return error.code;
    throw error;
  }
}
