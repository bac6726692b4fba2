import { ProtocolError } from './protocol-error.js';

/** A JSON object as the strict parser returns it, before its members are checked. */
export type JsonObject = Record<string, unknown>;

/** Refuses anything but an object, naming `field`. */
export function requireObject(value: unknown, field: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError({ code: 'BAD_FIELD', field, rule: 'must be an object' });
  }
  return value as JsonObject;
}

/** Refuses the absence of any of `required`, and members in neither list. `prefix` names the object. */
export function requireMembers(
  object: JsonObject,
  required: readonly string[],
  optional: readonly string[],
  prefix = '',
): void {
  for (const name of required) requireMember(object, name, prefix);
  for (const name of Object.keys(object)) {
    if (!required.includes(name) && !optional.includes(name)) {
      const field = SHOWN_NAME.test(name) ? prefix + name : `${prefix}(a member)`;
      throw new ProtocolError({ code: 'UNKNOWN_FIELD', field, rule: 'is not a field of this object' });
    }
  }
}

/** A misspelt name is shown, but names are the sender's text: nothing long enough to be a hash, token or address is. */
const SHOWN_NAME = /^[A-Za-z]{1,16}$/;

/** Refuses the absence of the member `name`. */
export function requireMember(object: JsonObject, name: string, prefix = ''): void {
  if (Object.hasOwn(object, name)) return;
  throw new ProtocolError({ code: 'MISSING_FIELD', field: prefix + name, rule: 'is required' });
}

/** A string that matches `pattern` wholly; `rule` says in words what the pattern asks. */
export function requireText(value: unknown, field: string, pattern: RegExp, rule: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw new ProtocolError({ code: 'BAD_FIELD', field, rule });
  }
  return value;
}

/** An integer from `least` to `most`, both included. */
export function requireInteger(
  value: unknown,
  field: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new ProtocolError({ code: 'BAD_FIELD', field, rule: `must be an integer ${range}` });
  }
  return value;
}

/** One of the given strings. */
export function requireOneOf<T extends string>(value: unknown, field: string, allowed: readonly T[]): T {
  if (typeof value !== 'string' || !(allowed as readonly string[]).includes(value)) {
    throw new ProtocolError({ code: 'BAD_FIELD', field, rule: `must be one of ${allowed.join(', ')}` });
  }
  return value as T;
}

/** true or false. */
export function requireBoolean(value: unknown, field: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new ProtocolError({ code: 'BAD_FIELD', field, rule: 'must be true or false' });
}

/** Refuses what does not strictly ascend; texts compare by UTF-16 code unit, which for ASCII is by byte. */
export function requireAscending(items: readonly (string | number)[], field: string): void {
  if (items.some((item, i) => i > 0 && items[i - 1]! >= item)) {
    throw new ProtocolError({ code: 'BAD_FIELD', field, rule: 'must be distinct and in ascending order' });
  }
}

/** An array of at most `most` elements. */
export function requireArray(value: unknown, field: string, most: number): unknown[] {
  if (!Array.isArray(value) || value.length > most) {
    throw new ProtocolError({
      code: 'BAD_FIELD',
      field,
      rule: `must be an array of at most ${most} elements`,
    });
  }
  return value;
}

const DIGEST = /^[0-9a-f]{64}$/;
const SALT = /^[0-9a-f]{32}$/;
/** 32 bytes in base64url: 43 characters, the last with two spare bits that must be zero. */
const BASE64URL_32 = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const CODE = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

/** A SHA-256 digest, as 64 lower-case hex digits. */
export function requireDigest(value: unknown, field: string): string {
  return requireText(value, field, DIGEST, 'must be 64 lower-case hex digits');
}

/** A 128-bit salt, as 32 lower-case hex digits. */
export function requireSalt(value: unknown, field: string): string {
  return requireText(value, field, SALT, 'must be 32 lower-case hex digits (128 random bits)');
}

/** An RFC 7638 SHA-256 thumbprint: 43 characters of canonical base64url without padding. */
export function requireThumbprint(value: unknown, field: string): string {
  return requireText(value, field, BASE64URL_32, 'must be an RFC 7638 SHA-256 thumbprint');
}

/** 32 bytes, such as a coordinate of a key: 43 characters of canonical base64url without padding (RFC 4648 §5). */
export function requireBase64url32(value: unknown, field: string): string {
  return requireText(value, field, BASE64URL_32, 'must be 32 bytes in canonical base64url without padding');
}

/** The name of a member, channel or control group: 1 to 63 of a-z, 0-9 and inner hyphens. */
export function requireName(value: unknown, field: string): string {
  return requireText(value, field, NAME, 'must be 1 to 63 characters of a-z, 0-9 and inner hyphens');
}

/** A code word such as a label or a legal basis: 1 to 64 of a-z, 0-9 and inner dots, underscores, hyphens. */
export function requireCode(value: unknown, field: string): string {
  return requireText(value, field, CODE, 'must be 1 to 64 characters of a-z, 0-9 and inner . _ -');
}
