import {
  isJsonObject,
  parseJsonBytes,
  ProtocolError,
  type JsonObject,
  type JsonValue,
  type ProvedLeaf,
} from '#libs/protocol';
import { ClientError } from '../client-error.js';

/** Longest file of evidence. */
const MAX_EVIDENCE_BYTES = 1_048_576;

/**
 * The JSON object of a file of evidence (docs/protocol-evidence.md, "Document").
 *
 * @param members  that it must have besides `cairn`
 * @throws ProtocolError TOO_LARGE, MALFORMED_UTF8, MALFORMED_JSON, BAD_FIELD, MISSING_FIELD
 */
export function readDocument(bytes: Uint8Array, members: readonly string[]): JsonObject {
  if (bytes.length > MAX_EVIDENCE_BYTES) refuse('TOO_LARGE', 'document', 'must be at most 1,048,576 bytes');
  const json = parseJsonBytes(bytes, 'document') as JsonValue;
  if (!isJsonObject(json)) return refuse('BAD_FIELD', 'document', 'must be an object');
  const missing = members.find((name) => !Object.hasOwn(json, name));
  return missing === undefined ? json : refuse('MISSING_FIELD', missing, 'is required');
}

/** The one spelling of a document: compact, members in their order, LF at the end. */
export function writeDocument(version: string, members: object): Uint8Array {
  return Buffer.from(`${JSON.stringify({ cairn: version, ...members })}\n`);
}

/**
 * Refuses a file in any other spelling than that of what was read from it: nobody can change a byte unseen.
 *
 * @throws ProtocolError BAD_FRAMING
 */
export function requireSpelling(bytes: Uint8Array, canonical: Uint8Array): void {
  if (!Buffer.from(canonical).equals(bytes))
    refuse(
      'BAD_FRAMING',
      'document',
      'must be in its one spelling: compact, members in order, LF at the end',
    );
}

/** @throws ProtocolError BAD_FIELD */
export function requireString(json: JsonObject, field: string): string {
  const value = json[field];
  return typeof value === 'string' ? value : refuse('BAD_FIELD', field, 'must be a string');
}

/** @throws ProtocolError BAD_FIELD */
export function requireTime(json: JsonObject, field: string): number {
  const value = json[field];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  return refuse('BAD_FIELD', field, 'must be an integer of at least 0');
}

/** @throws ProtocolError BAD_FIELD */
export function requireLeaf(json: JsonObject, field: string): ProvedLeaf {
  const value = json[field];
  const { leaf, proof } = isJsonObject(value) ? value : {};
  if (typeof leaf === 'string' && typeof proof === 'string') return { leaf, proof };
  return refuse('BAD_FIELD', field, 'must be a leaf with its proof');
}

/** @throws ProtocolError */
export function refuse(code: ProtocolError['code'], field: string, rule: string): never {
  throw new ProtocolError({ code, field, rule });
}

/**
 * Says of a file that it does not hold, in the words of this library.
 *
 * @throws ClientError `PROOF_REJECTED`, naming the field and the rule that is broken
 */
export async function rejecting<T>(subject: string, check: () => T | Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new ClientError('PROOF_REJECTED', subject, `${cause.message} (${cause.code})`, { cause });
  }
}
