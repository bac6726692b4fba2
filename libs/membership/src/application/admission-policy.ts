import { z } from 'zod';
import { requestStatement } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import { act } from './act.js';
import type { ApplicationResult } from './application-result.js';
import { readInput } from './read-input.js';

const whole = (least: number, most: number) =>
  z
    .int(`must be a whole number from ${least} to ${most}`)
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

const policySchema = z
  .strictObject({
    /** Endorsements by unrelated members that an applicant needs. */
    endorsements: whole(2, 20),
    /** While the alliance has fewer full members than this, staff may admit without endorsements; 0 for never. */
    foundingMembers: whole(0, 5),
    /** Whether academic bodies can be given rights on channels. */
    academicRights: z.boolean(),
    /** Channels for which an applicant states its standing on the Voluntary Principles. */
    childSafetyChannels: z.array(z.string().regex(/^[a-z0-9-]{1,63}$/, 'must be names of channels')).max(64),
    /** 0 only while the alliance is founded: no window of no time opens once nobody can be admitted without endorsements. */
    objectionDays: whole(0, 90),
    probationDays: whole(1, 730),
    /** Entries that a member on probation may submit in 24 hours, the sandbox apart. */
    probationEntriesADay: whole(1, 10_000_000),
    /** Days for which a passed conformance run counts. */
    conformanceDays: whole(1, 730),
    attestationDays: whole(30, 366),
  })
  .refine(({ objectionDays, foundingMembers }) => objectionDays > 0 || foundingMembers > 0, {
    path: ['objectionDays'],
    message: 'must be at least 1 unless the policy is founding',
  });
/** How the alliance admits: what its statement says (docs/protocol-submission.md), and two rules that bind staff alone. */
export type AdmissionPolicy = z.infer<typeof policySchema>;

type PolicyResult = ApplicationResult<{ version: number }>;

/** Versions of the admission policy; the latest that has been logged is in force. A window that is open keeps its length. */
export class AdmissionPolicies {
  constructor(private readonly database: Database) {}

  /** Sets the policy; it comes into force when its statement has been logged. */
  set(person: number, policy: AdmissionPolicy): Promise<PolicyResult> {
    return act(this.database, 'set-admission-policy', { person }, async (tx) => {
      const { academicRights, childSafetyChannels, ...logged } = readInput(policySchema, policy, 'policy');
      const [row] = await tx.query<{ version: number }>(
        `INSERT INTO cairn.admission_policy (version, endorsements, founding_members, academic_rights, child_safety_channels,
            objection_days, probation_days, probation_entries_a_day, conformance_days, attestation_days, person_id)
          SELECT coalesce(max(version), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM cairn.admission_policy RETURNING version`,
        [
          logged.endorsements,
          logged.foundingMembers,
          academicRights,
          childSafetyChannels,
          logged.objectionDays,
          logged.probationDays,
          logged.probationEntriesADay,
          logged.conformanceDays,
          logged.attestationDays,
          person,
        ],
      );
      const { version } = row!;
      await requestStatement(tx, `admission_policy:${version}`, { kind: 'admission_policy', policy: logged });
      return { version };
    });
  }
}

/**
 * Brings the policy whose statement is at a log index into force. Versions are written one after the other, each with its statement, so
 * statements come in the order of versions.
 */
export async function applyAdmissionPolicy(tx: Tx, index: number): Promise<void> {
  await tx.execute(
    `UPDATE cairn.admission_policy SET since_index = $1
      WHERE version = (SELECT min(version) FROM cairn.admission_policy WHERE version > 1 AND since_index IS NULL)`,
    [index],
  );
}

/** The policy in force. */
export async function currentAdmissionPolicy(tx: Tx): Promise<AdmissionPolicy & { version: number }> {
  const [row] = await tx.query<AdmissionPolicy & { version: number }>(
    `SELECT version, endorsements, founding_members AS "foundingMembers", academic_rights AS "academicRights",
            child_safety_channels AS "childSafetyChannels", objection_days AS "objectionDays",
            probation_days AS "probationDays", probation_entries_a_day AS "probationEntriesADay", conformance_days AS "conformanceDays", attestation_days AS "attestationDays"
       FROM cairn.current_admission_policy()`,
  );
  return row!;
}
