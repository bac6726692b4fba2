import { parseCheckpoint, type Checkpoint } from './checkpoint.js';
import { requireInteger } from './integers.js';
import { openNote, type VerifiedSignature } from './open-note.js';
import { checkPolicy, NO_QUORUM, quorumMet, type PolicyWitness, type TlogPolicy } from './policy.js';
import { parseNote } from './signed-note.js';
import { TlogError } from './tlog-error.js';
import type { VerifierKey } from './verifier-key.js';

/** How lately the quorum must have cosigned; all in seconds. */
export interface Freshness {
  /** The verifier's clock: seconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  /** A cosignature older than this does not count. */
  readonly maxAge: number;
  /**
   * One that is further in the future does not count either: a witness whose clock runs ahead must not vouch
   * for ever.
   */
  readonly maxSkew: number;
}

/** A cosignature by a witness of the policy that verified. */
export interface VerifiedCosignature {
  readonly witness: PolicyWitness;
  /** The latest when it cosigned more than once, in seconds since 1970-01-01T00:00:00Z. */
  readonly timestamp: number;
}

/** A checkpoint that the policy accepts. */
export interface VerifiedCheckpoint extends Checkpoint {
  /** The text that was signed. */
  readonly text: string;
  /** The keys of the log that signed it. */
  readonly logKeys: readonly VerifierKey[];
  /** One for each witness of the policy that cosigned, fresh or not. */
  readonly cosignatures: readonly VerifiedCosignature[];
}

/**
 * Verifies a checkpoint against a pinned policy (c2sp.org/tlog-policy, tlog-checkpoint, tlog-cosignature): it
 * is of the expected log, signed by a key that the policy lists for that origin, no signature by any key of
 * the policy is bad, and the quorum cosigned, lately if `freshness` is given. Whether it extends the
 * checkpoint seen before is for `CompactRange.extendTo` or `verifyConsistency`.
 * @param origin the log that was asked
 * @throws TlogError `malformed`, `too_large`, `out_of_range`, `root_mismatch` (of size 0), `wrong_origin`,
 * `bad_signature`, `unsigned`, `quorum_not_met`, `stale`, or `bad_policy` when the policy contradicts itself,
 * or freshness is asked of one without quorum
 */
export function verifyCheckpoint(
  policy: TlogPolicy,
  note: string | Uint8Array,
  origin: string,
  freshness?: Freshness,
): VerifiedCheckpoint {
  checkPolicy(policy);
  const parsed = parseNote(note);
  const checkpoint = parseCheckpoint(parsed.text);
  if (checkpoint.origin !== origin) throw new TlogError('wrong_origin', 'checkpoint: is of another log');
  const keys = [...policy.logs, ...policy.witnesses].map(({ key }) => key);
  const { signatures } = openNote(parsed, keys);
  const logKeys = logKeysOf(policy, origin, signatures);
  const cosignatures = cosignaturesOf(policy, signatures);
  requireQuorum(policy, cosignatures, freshness);
  return { ...checkpoint, text: parsed.text, logKeys, cosignatures };
}

function logKeysOf(
  policy: TlogPolicy,
  origin: string,
  signatures: readonly VerifiedSignature[],
): VerifierKey[] {
  const signed = new Set(signatures.map(({ key }) => key));
  const keys = policy.logs.map(({ key }) => key).filter((key) => key.name === origin && signed.has(key));
  if (keys.length === 0) throw new TlogError('unsigned', 'checkpoint: not signed by a key of its log');
  return keys;
}

function cosignaturesOf(policy: TlogPolicy, signatures: readonly VerifiedSignature[]): VerifiedCosignature[] {
  return policy.witnesses.flatMap((witness) => {
    const times = signatures.filter(({ key }) => key === witness.key).map(({ timestamp }) => timestamp!);
    return times.length === 0 ? [] : [{ witness, timestamp: Math.max(...times) }];
  });
}

function requireQuorum(
  policy: TlogPolicy,
  cosignatures: readonly VerifiedCosignature[],
  freshness?: Freshness,
): void {
  if (!quorumMet(policy, namesOf(cosignatures))) {
    throw new TlogError('quorum_not_met', 'checkpoint: the quorum of witnesses did not cosign');
  }
  if (freshness === undefined) return;
  if (policy.quorum === NO_QUORUM)
    throw new TlogError('bad_policy', 'policy: without a quorum nothing tells the age');
  if (!quorumMet(policy, namesOf(cosignatures.filter(({ timestamp }) => isFresh(timestamp, freshness))))) {
    throw new TlogError('stale', 'checkpoint: the quorum of witnesses did not cosign lately');
  }
}

function namesOf(cosignatures: readonly VerifiedCosignature[]): Set<string> {
  return new Set(cosignatures.map(({ witness }) => witness.name));
}

function isFresh(timestamp: number, { now, maxAge, maxSkew }: Freshness): boolean {
  const age = requireInteger(now, 'now') - timestamp;
  return age <= requireInteger(maxAge, 'maximum age') && -age <= requireInteger(maxSkew, 'maximum skew');
}
