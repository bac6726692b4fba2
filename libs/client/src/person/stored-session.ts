import { join } from 'node:path';
import { KeysError, readPrivateFile } from '#libs/keys';
import { isJsonObject, parseStrictJson, type JsonValue } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { MemberHome } from '../config/member-home.js';
import { durableFiles, replaceDurably } from '../files/durable-files.js';

/** The session of a person at a hub. Whoever has it acts as that person. */
export interface StoredSession {
  /** The hub's public URL, without a slash at its end. */
  readonly url: string;
  readonly session: string;
}

const VERSION = 'cairn-session/1';

/** Keeps the session in a file that only its owner can read. */
export async function storeSession(home: MemberHome, { url, session }: StoredSession): Promise<void> {
  await durableFiles.makeDirectory(home.path);
  await replaceDurably(durableFiles, fileOf(home), `${JSON.stringify({ version: VERSION, url, session })}\n`);
}

/**
 * The session that is kept, or null.
 *
 * @throws ClientError `CONFIG_INVALID` when others can read the file, or it holds something else
 */
export async function loadSession(home: MemberHome): Promise<StoredSession | null> {
  const text = await readPrivately(fileOf(home));
  if (text === null) return null;
  const json = parse(text);
  const { version, url, session } = isJsonObject(json) ? json : {};
  if (version === VERSION && typeof url === 'string' && typeof session === 'string') return { url, session };
  throw new ClientError('CONFIG_INVALID', fileOf(home), 'is no session of this version: remove it');
}

/** Forgets the session; none is well. */
export async function forgetSession(home: MemberHome): Promise<void> {
  await durableFiles.remove(fileOf(home));
}

function fileOf({ path }: MemberHome): string {
  return join(path, 'session.json');
}

/** Text of a file that its owner alone may read; null when there is none. */
export async function readPrivately(path: string): Promise<string | null> {
  try {
    return Buffer.from(await readPrivateFile(path)).toString('utf8');
  } catch (cause) {
    if (!(cause instanceof KeysError)) throw cause;
    if (cause.code === 'KEY_FILE_MISSING') return null;
    throw new ClientError('CONFIG_INVALID', path, 'can be read by others: run chmod 600 on it', { cause });
  }
}

function parse(text: string): JsonValue {
  try {
    return parseStrictJson(text.trim());
  } catch {
    return null;
  }
}
