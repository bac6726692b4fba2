import { PackError } from './pack-error.js';

const DIGEST = /^[0-9a-f]{64}$/;
const NONCE = /^[0-9a-f]{32}$/;
const CHANNEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** An object with exactly the given members, as own properties. */
export function requireMembers(
  value: unknown,
  field: string,
  members: readonly string[],
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(field, 'is not an object');
  const missing = members.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) refuse(field, `has no member ${missing}`);
  if (Object.keys(value).length > members.length) {
    throw new PackError('unknown-member', `round: ${field} has a member that is not known`);
  }
  return value as Record<string, unknown>;
}

/** An array, which may be empty. */
export function requireArray(value: unknown, field: string): unknown[] {
  if (!Array.isArray(value)) refuse(field, 'is not an array');
  return value;
}

/** An array of at least one element. */
export function requireFilledArray(value: unknown, field: string): unknown[] {
  if (!Array.isArray(value) || value.length === 0) refuse(field, 'is not an array of at least one element');
  return value;
}

/** An integer from `least` to `most`, both included. */
export function requireCount(
  value: unknown,
  field: string,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    refuse(field, `is not an integer of ${least} to ${most}`);
  }
  return value;
}

export function requireDigest(value: unknown, field: string): string {
  return requireText(value, field, DIGEST, 'is not 64 lower-case hex digits');
}

export function requireNonce(value: unknown, field: string): string {
  return requireText(value, field, NONCE, 'is not 32 lower-case hex digits');
}

export function requireChannel(value: unknown, field: string): string {
  return requireText(value, field, CHANNEL, 'is not 1 to 63 of a-z, 0-9 and inner hyphens');
}

function requireText(value: unknown, field: string, pattern: RegExp, rule: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) refuse(field, rule);
  return value;
}

/** Refuses `field` because of `rule`. */
export function refuse(field: string, rule: string): never {
  throw new PackError('bad-round', `round: ${field} ${rule}`);
}
