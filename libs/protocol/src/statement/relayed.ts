import { leafHash, TlogError, verifyTlogProof, type TlogPolicy } from '#libs/tlog';
import { ProtocolError } from '../protocol-error.js';
import {
  checkSubmission,
  type CheckedSubmission,
  type SubmissionBytes,
  type VerifyManifest,
} from './check-submission.js';

/**
 * Where a submission stands in the log of another hub: besides `cairn`, `kind` and `time` the members that the reserved
 * statement `relayed` is meant to have.
 */
export interface RelayedReference {
  /** Name of the other hub, as in its pinned policy. */
  origin: string;
  /** Index of the leaf in the other hub's provenance log, `<origin>/log`. */
  index: number;
  /** Text of a c2sp.org/tlog-proof for that leaf. */
  proof: string;
}

/** What one hub pins of another before it believes anything it says. */
export interface RelayTrust {
  /** Name of the other hub. */
  origin: string;
  /** Policy with the key of the log `<origin>/log`. */
  policy: TlogPolicy;
  verifyManifest: VerifyManifest;
}

/**
 * Checks a submission that another hub has logged: that its leaf is in that hub's log, by the pinned policy, and that all its
 * bytes belong to the leaf and were signed for that hub (`checkSubmission`). What the other hub decided about the entries is not
 * taken over.
 *
 * @throws ProtocolError BAD_FIELD for another hub's reference, NOT_IN_LOG when the proof does not hold, and all that
 * `checkSubmission` throws.
 */
export async function checkRelayedSubmission(
  reference: RelayedReference,
  bytes: SubmissionBytes,
  trust: RelayTrust,
): Promise<CheckedSubmission> {
  if (reference.origin !== trust.origin) {
    throw new ProtocolError({ code: 'BAD_FIELD', field: 'relayed.origin', rule: 'must be the pinned hub' });
  }
  if (provenIndex(reference.proof, bytes.leaf, trust) !== reference.index) {
    throw new ProtocolError({ code: 'BAD_FIELD', field: 'relayed.index', rule: 'must be that of the proof' });
  }
  return checkSubmission(bytes, trust.origin, trust.verifyManifest);
}

function provenIndex(proof: string, leaf: Uint8Array, { policy, origin }: RelayTrust): number {
  try {
    return verifyTlogProof(policy, proof, leafHash(leaf), `${origin}/log`).index;
  } catch (error) {
    if (!(error instanceof TlogError)) throw error;
    throw new ProtocolError({ code: 'NOT_IN_LOG', field: 'relayed.proof', rule: error.message });
  }
}
