import { z } from 'zod';
import type { Database, Tx } from '#libs/platform';
import { act } from './act.js';
import type { ApplicationResult } from './application-result.js';
import { readInput } from './read-input.js';

const whole = (least: number, most: number) =>
  z
    .int(`must be a whole number from ${least} to ${most}`)
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

const policySchema = z.strictObject({
  /** Whether staff may admit without endorsements while the alliance has fewer than five full members. */
  founding: z.boolean(),
  /** Whether academic bodies can be given rights on channels. */
  academicRights: z.boolean(),
  /** Channels for which an applicant states its standing on the Voluntary Principles. */
  childSafetyChannels: z.array(z.string().regex(/^[a-z0-9-]{1,63}$/, 'must be names of channels')).max(64),
  objectionHours: whole(1, 2160),
  probationDays: whole(1, 730),
  attestationDays: whole(30, 366),
});
/** How the alliance admits. */
export type AdmissionPolicy = z.infer<typeof policySchema>;

/** Versions of the admission policy; the latest is in force. A window that is open keeps its length. */
export class AdmissionPolicies {
  constructor(private readonly database: Database) {}

  /** Sets the policy. */
  set(person: number, policy: AdmissionPolicy): Promise<ApplicationResult<{ version: number }>> {
    return act(this.database, 'set-admission-policy', { person }, async (tx) => {
      const read = readInput(policySchema, policy, 'policy');
      const [row] = await tx.query<{ version: number }>(
        `INSERT INTO cairn.admission_policy (version, founding, academic_rights, child_safety_channels, objection_hours,
            probation_days, attestation_days, person_id)
          SELECT coalesce(max(version), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM cairn.admission_policy RETURNING version`,
        [
          read.founding,
          read.academicRights,
          read.childSafetyChannels,
          read.objectionHours,
          read.probationDays,
          read.attestationDays,
          person,
        ],
      );
      return { version: row!.version };
    });
  }
}

/** The policy in force. */
export async function currentAdmissionPolicy(tx: Tx): Promise<AdmissionPolicy & { version: number }> {
  const [row] = await tx.query<AdmissionPolicy & { version: number }>(
    `SELECT version, founding, academic_rights AS "academicRights", child_safety_channels AS "childSafetyChannels",
            objection_hours AS "objectionHours", probation_days AS "probationDays", attestation_days AS "attestationDays"
       FROM cairn.current_admission_policy()`,
  );
  return row!;
}
