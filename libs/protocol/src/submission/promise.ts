import {
  requireDigest,
  requireInteger,
  requireMembers,
  requireName,
  requireObject,
  requireText,
} from '../fields.js';
import { requireOrigin, UUID } from './manifest.js';

/** `typ` of the compact JWS by which a hub promises to log a submission (docs/protocol-submission.md, "Promise"). */
export const PROMISE_TYP = 'cairn-promise+jws';

/** Most characters of such a token. */
export const MAX_PROMISE_BYTES = 4096;

/** What a hub signs at receipt. */
export interface SubmissionPromise {
  /** Origin of the hub. */
  iss: string;
  /** The member, and the identity of its submission. */
  sub: string;
  jti: string;
  /** SHA-256 of the manifest's payload, hex. */
  digest: string;
  /** Unix milliseconds. */
  received: number;
  /** It is the member's n-th submission, from 1. */
  counter: number;
  /** Unix milliseconds by which it will have been logged. */
  deadline: number;
}

const MEMBERS = ['iss', 'sub', 'jti', 'digest', 'received', 'counter', 'deadline'];

/**
 * Validates the payload of a promise.
 *
 * @throws ProtocolError naming the field and the rule.
 */
export function readPromise(json: unknown): SubmissionPromise {
  const payload = requireObject(json, 'promise');
  requireMembers(payload, MEMBERS, [], 'promise.');
  return {
    iss: requireOrigin(payload['iss'], 'promise.iss'),
    sub: requireName(payload['sub'], 'promise.sub'),
    jti: requireText(payload['jti'], 'promise.jti', UUID, 'must be a lower-case UUID (RFC 9562)'),
    digest: requireDigest(payload['digest'], 'promise.digest'),
    received: requireInteger(payload['received'], 'promise.received', 0),
    counter: requireInteger(payload['counter'], 'promise.counter', 1),
    deadline: requireInteger(payload['deadline'], 'promise.deadline', 0),
  };
}
