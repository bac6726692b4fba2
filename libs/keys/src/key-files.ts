import { randomBytes } from 'node:crypto';
import { KeysError } from './keys-error.js';
import { createPrivateFile, readPrivateFile } from './private-file.js';
import type { SignatureAlgorithm } from './public-key.js';
import { generateSigningKey, readPrivateJwk, writePrivateJwk, type SigningKey } from './signing-key.js';

/**
 * Loads a private JWK file.
 *
 * @throws KeysError `KEY_FILE_MISSING`, `KEY_FILE_PERMISSIONS`, `INVALID_PRIVATE_KEY`
 */
export async function loadSigningKey(path: string): Promise<SigningKey> {
  const bytes = await readPrivateFile(path);
  try {
    return readPrivateJwk(bytes);
  } catch (cause) {
    throw new KeysError('INVALID_PRIVATE_KEY', `${path}: ${(cause as KeysError).message}`, { cause });
  }
}

/**
 * Writes a key into a new private file.
 *
 * @throws KeysError `KEY_FILE_EXISTS`: no key is ever overwritten
 */
export async function saveSigningKey(path: string, key: SigningKey): Promise<void> {
  await createPrivateFile(path, `${writePrivateJwk(key)}\n`);
}

/** Loads the key at `path`, made first where there is none; of two processes that start at once, one makes it. */
export async function loadOrCreateSigningKey(path: string, alg?: SignatureAlgorithm): Promise<SigningKey> {
  return loadOrCreate(
    () => loadSigningKey(path),
    () => saveSigningKey(path, generateSigningKey(alg)),
  );
}

/**
 * Loads a secret seed of 32 bytes, kept as 64 lower-case hex digits.
 *
 * @throws KeysError `KEY_FILE_MISSING`, `KEY_FILE_PERMISSIONS`, `KEY_FILE_MALFORMED`
 */
export async function loadSeed(path: string): Promise<Uint8Array> {
  const text = Buffer.from(await readPrivateFile(path)).toString('latin1');
  if (!/^[0-9a-f]{64}\n?$/.test(text)) {
    throw new KeysError('KEY_FILE_MALFORMED', `${path}: must hold 64 lower-case hex digits`);
  }
  return Buffer.from(text.slice(0, 64), 'hex');
}

/** Loads the seed at `path`, made first where there is none. */
export async function loadOrCreateSeed(path: string): Promise<Uint8Array> {
  return loadOrCreate(
    () => loadSeed(path),
    () => createPrivateFile(path, `${randomBytes(32).toString('hex')}\n`),
  );
}

async function loadOrCreate<T>(load: () => Promise<T>, create: () => Promise<void>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!hasCode(error, 'KEY_FILE_MISSING')) throw error;
  }
  try {
    await create();
  } catch (error) {
    if (!hasCode(error, 'KEY_FILE_EXISTS')) throw error;
  }
  return load();
}

function hasCode(error: unknown, code: KeysError['code']): boolean {
  return error instanceof KeysError && error.code === code;
}
