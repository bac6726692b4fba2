import { readFile } from 'node:fs/promises';
import { ClientError } from '#libs/client';
import { isJsonObject, parseStrictJson, StrictJsonError, type JsonObject } from '#libs/protocol';

/** Bytes of an input file. */
export async function readInputFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new ClientError('INPUT_UNREADABLE', path, `cannot be read (${code})`, { cause });
  }
}

/** The JSON object in an input file. */
export async function readJsonInput(path: string): Promise<JsonObject> {
  const text = (await readInputFile(path)).toString('utf8');
  try {
    const json = parseStrictJson(text);
    if (isJsonObject(json)) return json;
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error;
  }
  throw new ClientError('INPUT_INVALID', path, 'must be one JSON object');
}
