import { isJsonObject, parseStrictJson, StrictJsonError, type JsonValue } from '#libs/protocol';
import { ClientError } from '../client-error.js';

/** What the member `cairn` of such a file says. */
export const HEADS_VERSION = 'heads/1';

/** A head that somebody says it verified. */
export interface NamedNote {
  /** Name of the log. */
  readonly log: string;
  /** Exact text of the checkpoint. */
  readonly note: string;
}

/**
 * The heads in a file that another member gave (docs/protocol-evidence.md, "Heads of members compared"). Nothing of it is verified.
 *
 * @param origin  name of the pinned hub
 * @throws ClientError `INPUT_INVALID`
 */
export function readHeadsDocument(file: Uint8Array, origin: string, subject: string): NamedNote[] {
  const json = parse(file, subject);
  if (!isJsonObject(json) || json['cairn'] !== HEADS_VERSION || !Array.isArray(json['heads']))
    return invalid(subject, `must be what cairn audit heads --json prints (${HEADS_VERSION})`);
  if (json['origin'] !== origin) invalid(subject, 'origin: must be the pinned hub');
  return json['heads'].map((head) => {
    const { log, note } = isJsonObject(head) ? head : {};
    if (typeof log === 'string' && typeof note === 'string') return { log, note };
    return invalid(subject, 'heads: each must have a log and a note');
  });
}

function parse(file: Uint8Array, subject: string): JsonValue {
  try {
    return parseStrictJson(Buffer.from(file).toString('utf8'));
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
    return invalid(subject, 'must be strict JSON');
  }
}

function invalid(subject: string, rule: string): never {
  throw new ClientError('INPUT_INVALID', subject, rule);
}
