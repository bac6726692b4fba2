import { equalBytes } from './bytes.js';
import { requireInteger } from './integers.js';
import { keyOf } from './signed-note.js';
import { TlogError } from './tlog-error.js';
import { COSIGNATURE, NOTE_SIGNATURE, type SignatureType, type VerifierKey } from './verifier-key.js';

/** A log whose checkpoints are accepted: the name of its key is its origin. */
export interface PolicyLog {
  /** Of type 0x01. */
  readonly key: VerifierKey;
  readonly url?: string;
}

/** A witness whose cosignatures count. */
export interface PolicyWitness {
  /** Name within the policy, not that of the key. */
  readonly name: string;
  /** Of type 0x04. */
  readonly key: VerifierKey;
  readonly url?: string;
}

/** Witnesses, and groups of them, of which `threshold` have to cosign. */
export interface PolicyGroup {
  readonly name: string;
  /** From 1 to the number of members. */
  readonly threshold: number;
  readonly members: readonly string[];
}

/** Which checkpoints to accept: c2sp.org/tlog-policy. */
export interface TlogPolicy {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  /** Each after the groups it names. */
  readonly groups: readonly PolicyGroup[];
  /** The witness or group that has to cosign, or `none`. */
  readonly quorum: string;
}

/** The quorum of a policy that asks for no cosignature. */
export const NO_QUORUM = 'none';

/** Logs, witnesses and groups that one policy may have of each; c2sp.org/tlog-policy asks for at least 32. */
export const MAX_POLICY_ITEMS = 64;

/**
 * Puts a policy together item by item, in the order of the lines of a policy file, and refuses what
 * c2sp.org/tlog-policy refuses: names defined twice or not yet, one public key for two logs or two witnesses,
 * a name in two groups, a threshold out of reach, keys of the wrong type. Two keys of one name and key id are
 * refused too, since no signature could be told to be by one of them. All its errors are TlogError
 * `bad_policy`, but `out_of_range` for a threshold that is not a safe integer.
 */
export class PolicyBuilder {
  private readonly logs: PolicyLog[] = [];
  private readonly witnesses: PolicyWitness[] = [];
  private readonly groups: PolicyGroup[] = [];
  private readonly names = new Set([NO_QUORUM]);
  private readonly grouped = new Set<string>();
  private readonly keys = new Set<string>();
  private quorum: string | undefined;

  addLog(log: PolicyLog): void {
    this.addKey('log', log.key, NOTE_SIGNATURE, this.logs);
    this.logs.push(log);
  }

  addWitness(witness: PolicyWitness): void {
    this.addName(witness.name);
    this.addKey('witness', witness.key, COSIGNATURE, this.witnesses);
    this.witnesses.push(witness);
  }

  addGroup(group: PolicyGroup): void {
    if (requireInteger(group.threshold, 'threshold') < 1 || group.threshold > group.members.length) {
      refuse('group: the threshold must be from 1 to the number of members');
    }
    for (const member of group.members) {
      this.requireDefined(member);
      if (this.grouped.has(member)) refuse('group: a name can be a member once only');
      this.grouped.add(member);
    }
    this.addName(group.name);
    requireRoom(this.groups);
    this.groups.push(group);
  }

  setQuorum(name: string): void {
    if (this.quorum !== undefined) refuse('quorum: must be defined once');
    if (name !== NO_QUORUM) this.requireDefined(name);
    this.quorum = name;
  }

  build(): TlogPolicy {
    const { logs, witnesses, groups, quorum } = this;
    return { logs, witnesses, groups, quorum: quorum ?? refuse('quorum: must be defined') };
  }

  private addName(name: string): void {
    if (this.names.has(name)) refuse('name: already defined');
    this.names.add(name);
  }

  private requireDefined(name: string): void {
    if (name === NO_QUORUM || !this.names.has(name))
      refuse('name: must be a witness or group defined before');
  }

  private addKey(
    kind: string,
    key: VerifierKey,
    type: SignatureType,
    others: readonly { key: VerifierKey }[],
  ): void {
    requireRoom(others);
    if (key.type !== type) refuse(`${kind}: must have a key of type 0x0${type}`);
    if (others.some((other) => equalBytes(other.key.publicKey, key.publicKey)))
      refuse(`${kind}: the same key twice`);
    if (this.keys.has(keyOf(key))) refuse(`${kind}: two keys with the same name and key id`);
    this.keys.add(keyOf(key));
  }
}

/**
 * Checks a policy made by a program as strictly as one that was read: c2sp.org/tlog-policy.
 * @throws TlogError `bad_policy`, `out_of_range`
 */
export function checkPolicy(policy: TlogPolicy): TlogPolicy {
  const builder = new PolicyBuilder();
  policy.logs.forEach((log) => builder.addLog(log));
  policy.witnesses.forEach((witness) => builder.addWitness(witness));
  policy.groups.forEach((group) => builder.addGroup(group));
  builder.setQuorum(policy.quorum);
  return builder.build();
}

/**
 * Whether these witnesses, by their names in the policy, make its quorum: c2sp.org/tlog-policy, "Defining the
 * quorum". Each counts once, however often it signed.
 */
export function quorumMet(policy: TlogPolicy, witnesses: ReadonlySet<string>): boolean {
  const met = new Set(policy.witnesses.map((witness) => witness.name).filter((name) => witnesses.has(name)));
  for (const group of policy.groups) {
    if (group.members.filter((member) => met.has(member)).length >= group.threshold) met.add(group.name);
  }
  return policy.quorum === NO_QUORUM || met.has(policy.quorum);
}

function requireRoom(items: readonly unknown[]): void {
  if (items.length >= MAX_POLICY_ITEMS) refuse('policy: too many logs, witnesses or groups');
}

function refuse(message: string): never {
  throw new TlogError('bad_policy', message);
}
