import { decodeBase64url, verifyJsonJws, type PublicKeyRecord } from '#libs/keys';
import {
  MAX_PROMISE_BYTES,
  PROMISE_TYP,
  ProtocolError,
  readPromise,
  toHex,
  type SubmissionPromise,
} from '#libs/protocol';
import { sha256 } from '#libs/tlog';
import { ClientError } from '../client-error.js';

/** A receipt whose promise was verified. */
export interface Receipt {
  readonly jti: string;
  /** SHA-256 of the manifest's payload, hex. */
  readonly digest: string;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  /** Unix milliseconds by which the hub promises to have logged it. */
  readonly deadline: number;
  /** n-th submission of this member. */
  readonly counter: number;
  /** Compact JWS. */
  readonly promise: string;
}

/** What a promise must be about. */
export interface PromiseContext {
  /** The hub's name. */
  readonly origin: string;
  readonly member: string;
  readonly jti: string;
  /** Compact JWS of the manifest that was sent. */
  readonly manifest: string;
  /** The hub's promise keys, proved under the pinned policy. */
  readonly keys: readonly PublicKeyRecord[];
}

/**
 * Verifies that a promise is by the hub and about exactly what was sent.
 *
 * @throws ClientError `PROMISE_INVALID`
 */
export async function verifyPromise(promise: string, context: PromiseContext): Promise<Receipt> {
  const subject = `promise for ${context.jti}`;
  const verified = await verifyJsonJws({
    token: promise,
    typ: PROMISE_TYP,
    key: (kid) => context.keys.find((key) => key.kid === kid),
    maxBytes: MAX_PROMISE_BYTES,
  });
  if (!verified.ok) throw new ClientError('PROMISE_INVALID', subject, verified.message);
  const claims = readClaims(verified.claims, subject);
  const { origin, member, jti } = context;
  const digest = digestOf(context.manifest);
  const expected = { iss: origin, sub: member, jti, digest } as const;
  const wrong = (Object.keys(expected) as (keyof typeof expected)[]).find(
    (name) => claims[name] !== expected[name],
  );
  if (wrong !== undefined)
    throw new ClientError('PROMISE_INVALID', subject, `its ${wrong} is not that of what was sent`);
  const { received, counter, deadline } = claims;
  return { jti, digest, receivedAt: received, deadline, counter, promise };
}

function readClaims(claims: object, subject: string): SubmissionPromise {
  try {
    return readPromise(claims);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new ClientError('PROMISE_INVALID', subject, cause.message, { cause });
  }
}

/** The digest that identifies a manifest: SHA-256 of its payload, hex. */
export function digestOf(manifest: string): string {
  const payload = decodeBase64url(manifest.split('.')[1] ?? '');
  if (payload === null) throw new ClientError('OUTBOX_INVALID', 'manifest', 'is no compact JWS');
  return toHex(sha256(payload));
}
