import { requireInteger, requireMembers, requireObject } from '../fields.js';

/** By which rules an alliance admits members. It binds staff; nothing in the feeds follows from it. */
export interface AdmissionPolicy {
  /** Endorsements by unrelated members that an applicant needs. */
  endorsements: number;
  /** While fewer members than this are active, applicants need no endorsement. */
  foundingMembers: number;
  /** Days in which members may object before a decision. */
  objectionDays: number;
  /** Days of probation before a member is fully active. */
  probationDays: number;
  /** Entries that a member on probation may submit in 24 hours. */
  probationEntriesADay: number;
  /** Days for which a passed conformance run counts. */
  conformanceDays: number;
  /** Days after which a member attests anew that what it said still holds. */
  attestationDays: number;
}

/** Least and greatest of each. */
const BOUNDS: { readonly [K in keyof AdmissionPolicy]: readonly [least: number, greatest: number] } = {
  endorsements: [0, 20],
  foundingMembers: [0, 100],
  objectionDays: [0, 90],
  probationDays: [0, 730],
  probationEntriesADay: [1, 10_000_000],
  conformanceDays: [1, 730],
  attestationDays: [30, 1095],
};

/**
 * Reads an admission policy.
 *
 * @throws ProtocolError naming the field and the rule.
 */
export function readAdmissionPolicy(value: unknown): AdmissionPolicy {
  const json = requireObject(value, 'policy');
  const names = Object.keys(BOUNDS) as (keyof AdmissionPolicy)[];
  requireMembers(json, names, [], 'policy.');
  const numbers = names.map((name) => [name, requireInteger(json[name], `policy.${name}`, ...BOUNDS[name])]);
  return Object.fromEntries(numbers) as unknown as AdmissionPolicy;
}
