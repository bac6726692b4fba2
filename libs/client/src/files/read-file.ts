import { readdir, readFile } from 'node:fs/promises';
import { isJsonObject, parseStrictJson, type JsonObject } from '#libs/protocol';
import { ClientError, type ClientErrorCode } from '../client-error.js';

/** The bytes of a file, or null when there is none. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Names in a directory; none when it is not there. */
export async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/**
 * The JSON object in a file that the client wrote, or null when there is no file.
 *
 * @throws ClientError with the given code when it is no JSON object
 */
export async function readJsonFile(path: string, code: ClientErrorCode): Promise<JsonObject | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  try {
    const value = parseStrictJson(bytes.toString('utf8'), { maxLength: 64 * 1024 * 1024 });
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw new ClientError(code, path, 'is not strict JSON', { cause });
  }
  throw new ClientError(code, path, 'is not a JSON object');
}

/** Whether `error` is of the file system and has that code. */
export function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && (error as NodeJS.ErrnoException).code === code;
}
