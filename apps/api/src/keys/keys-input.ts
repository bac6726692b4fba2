import { parseStrictJson, ProtocolError, requireName, StrictJsonError } from '#libs/protocol';
import type { ActRefused } from '../graphql/act-refused.types.js';
import { badInput } from '../application/application-input.js';
import { MOMENT_RULE, readMoment } from '../graphql/read-moment.js';

const THUMBPRINT = /^[\w-]{43}$/;
const FINGERPRINT = /^[\d\s-]{1,200}$/;
const MOST_JWK = 2048;
const MOST_PROOF = 4096;

/** A text that was read, or what is wrong with it. */
export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: ActRefused };

/** Whether a text can name a key at all. */
export function keyFault(key: string): ActRefused | null {
  return THUMBPRINT.test(key)
    ? null
    : badInput('key', 'must be a thumbprint: 43 characters of base64url, as it is listed');
}

export function isMemberName(member: string): boolean {
  try {
    requireName(member, 'member');
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** The JWK in a text. Nothing of the text is repeated: it could hold a private key. */
export function readJwk(text: string): Read<unknown> {
  if (text.length > MOST_JWK) return wrong('jwk', `must be at most ${MOST_JWK} characters`);
  try {
    return { ok: true, value: parseStrictJson(text) };
  } catch (error) {
    if (error instanceof StrictJsonError) return wrong('jwk', `must be a public JWK as ${error.message}`);
    throw error;
  }
}

export function proofFault(proof: string, field: 'proof' | 'witnessProof'): ActRefused | null {
  return proof.length <= MOST_PROOF ? null : badInput(field, `must be at most ${MOST_PROOF} characters`);
}

export function fingerprintFault(fingerprint: string): ActRefused | null {
  return FINGERPRINT.test(fingerprint)
    ? null
    : badInput('fingerprint', 'must be 60 digits; spaces and hyphens between them do not count');
}

export function readSince(since: string | null): Read<Date | null> {
  if (since === null) return { ok: true, value: null };
  const value = readMoment(since);
  return value === null ? wrong('since', MOMENT_RULE) : { ok: true, value };
}

function wrong(field: string, rule: string): { ok: false; fault: ActRefused } {
  return { ok: false, fault: badInput(field, rule) };
}
