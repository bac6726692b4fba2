import type { JsonObject } from '#libs/protocol';
import type { PublicKeyRecord } from './public-key.js';
import { signCompactJws } from './sign-jws.js';
import type { SigningKey } from './signing-key.js';
import { verifyJsonJws } from './verify-jws.js';

/** `typ` of a proof of possession for a key that is to be registered (docs/protocol-keys.md §5). */
export const KEY_PROOF_TYP = 'cairn-key-proof+jws';

const MAX_LENGTH = 4096;
const MAX_LIFETIME = 300;
const MAX_AHEAD = 60;

/** What a proof is about: the same for the new key's and for that of the key that vouches for it. */
export interface KeyProofSubject {
  /** Name of the member. */
  readonly iss: string;
  /** Origin of the hub. */
  readonly aud: string;
  /** As in the challenge. */
  readonly nonce: string;
  /** Thumbprint of the new key. */
  readonly jkt: string;
  readonly purpose: string;
}

export interface KeyProofOptions extends KeyProofSubject {
  /** The new key, or the active key that vouches for it. */
  readonly key: SigningKey;
  /** Seconds since 1970; the clock unless given. */
  readonly now?: number;
}

/** Makes a proof; good for 300 seconds and for one challenge. */
export function createKeyProof(options: KeyProofOptions): Promise<string> {
  const { key, iss, aud, nonce, jkt, purpose, now = Math.floor(Date.now() / 1000) } = options;
  const payload = { iss, aud, nonce, iat: now, exp: now + MAX_LIFETIME, jkt, purpose };
  return signCompactJws({ typ: KEY_PROOF_TYP, payload, key });
}

export type KeyProofResult =
  { readonly ok: true; readonly key: PublicKeyRecord } | { readonly ok: false; readonly rule: string };

export interface VerifyKeyProofOptions {
  readonly proof: unknown;
  readonly subject: KeyProofSubject;
  /** Keys of which one must have made it. */
  readonly keys: readonly PublicKeyRecord[];
  /** The hub's clock, seconds since 1970. */
  readonly now: number;
}

/** Verifies a proof; `rule` says what it breaks and repeats nothing of it. */
export async function verifyKeyProof({
  proof,
  subject,
  keys,
  now,
}: VerifyKeyProofOptions): Promise<KeyProofResult> {
  const verified = await verifyJsonJws({
    token: proof,
    typ: KEY_PROOF_TYP,
    key: (kid) => keys.find((key) => key.kid === kid),
    maxBytes: MAX_LENGTH,
  });
  if (!verified.ok) return { ok: false, rule: verified.message };
  const rule = refuseClaims(verified.claims, subject) ?? refuseTimes(verified.claims, now);
  return rule === null ? { ok: true, key: verified.key } : { ok: false, rule };
}

function refuseClaims(claims: JsonObject, subject: KeyProofSubject): string | null {
  const names = [...Object.keys(subject), 'iat', 'exp'];
  if (Object.keys(claims).some((name) => !names.includes(name))) {
    return `payload: must hold ${names.join(', ')} and nothing else`;
  }
  const wrong = Object.entries(subject).find(([name, value]) => claims[name] !== value);
  return wrong === undefined ? null : `${wrong[0]}: must be that of the challenge`;
}

function refuseTimes({ iat, exp }: JsonObject, now: number): string | null {
  if (typeof iat !== 'number' || iat > now + MAX_AHEAD) return 'iat: must not lie in the future';
  if (typeof exp !== 'number' || exp <= now) return 'exp: must not have passed';
  return exp - iat > MAX_LIFETIME ? `exp: must be at most ${MAX_LIFETIME} seconds after iat` : null;
}
