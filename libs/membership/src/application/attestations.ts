import { z } from 'zod';
import type { Database, Tx } from '#libs/platform';
import { act, personOf, requireApplicationId, type By } from './act.js';
import { ActRefused, type ApplicationResult } from './application-result.js';
import { optional } from './application-review.js';
import type { ApplicationState, Reason } from './diagram.js';
import { prose, readInput, signatory, type Signatory } from './read-input.js';
import { recordMove } from './record-move.js';

/** What a member is asked about every year: has it changed, and how? */
export const ATTESTATION_TOPICS = [
  'legal_entity',
  'ownership',
  'domain',
  'contacts',
  'policies',
  'appeals',
  'data_protection',
  'government_relations',
  'voluntary_principles',
  'safety_measures',
] as const;
/** One of {@link ATTESTATION_TOPICS}. */
export type AttestationTopic = (typeof ATTESTATION_TOPICS)[number];

const answer = z
  .strictObject({ changed: z.boolean(), what: prose(4000).nullable() })
  .refine(({ changed, what }) => changed === (what !== null), {
    message: 'must say what changed if something did, and only then',
  });
const answersSchema = z.strictObject(
  Object.fromEntries(ATTESTATION_TOPICS.map((topic) => [topic, answer])) as Record<
    AttestationTopic,
    typeof answer
  >,
);
/** An answer to each topic. */
export type AttestationAnswers = z.infer<typeof answersSchema>;

/** The yearly re-attestation, and that for a new agreement whose deadline has passed. */
export class Attestations {
  constructor(private readonly database: Database) {}

  /** Ids of applications of members whose re-attestation is due, and why. */
  due(): Promise<{ application: string; reason: Reason<'re_attestation_due'> }[]> {
    return this.database.read('due-attestations', 'system:worker', findDue);
  }

  /** Asks a member to attest anew. */
  ask(
    by: { person: number } | { system: string },
    application: string,
    reason: Reason<'re_attestation_due'>,
  ): Promise<ApplicationResult<{ state: ApplicationState }>> {
    return act(this.database, 'ask-attestation', by, (tx) =>
      recordMove(tx, by, application, 're_attestation_due', { reason }, 'active'),
    );
  }

  /**
   * Files what changed since admission or the last attestation.
   *
   * @param by the applicant's secret or an administrator of the member
   */
  file(
    by: By,
    application: string,
    attestation: { answers: AttestationAnswers; signatory: Signatory },
  ): Promise<ApplicationResult<{ number: number }>> {
    return act(this.database, 'file-attestation', by, async (tx) => {
      const answers = readInput(answersSchema, attestation.answers, 'answers');
      const { name, title, email } = readInput(signatory, attestation.signatory, 'signatory');
      const [row] = await tx.query<{ number: number }>(
        `INSERT INTO cairn.application_attestation (application_id, person_id, answers, name, title, email)
          VALUES ($1, $2, $3, $4, $5, $6) RETURNING number::float8 AS number`,
        [requireApplicationId(application), personOf(by), JSON.stringify(answers), name, title, email],
      );
      return { number: row!.number };
    });
  }

  /** Accepts an attestation, and with it the member is active for another year; or finds it incomplete, and waits for another. */
  review(
    person: number,
    application: string,
    attestation: number,
    { outcome, note = null }: { outcome: 'accepted' | 'incomplete'; note?: string | null },
  ): Promise<ApplicationResult<{ state: ApplicationState }>> {
    return act(this.database, 'review-attestation', { person }, async (tx) => {
      if (outcome !== 'accepted' && outcome !== 'incomplete')
        throw new ActRefused('BAD_INPUT', 'outcome', 'must be accepted or incomplete');
      const words = optional(note, 4000, 'note');
      await tx.query(
        `INSERT INTO cairn.application_attestation_review (application_id, attestation, person_id, outcome, note)
          VALUES ($1, $2, $3, $4, $5)`,
        [requireApplicationId(application), attestation, person, outcome, words],
      );
      if (outcome === 'incomplete') return { state: 're_attestation_due' as const };
      return recordMove(tx, { person }, application, 'active', { note: words }, 're_attestation_due');
    });
  }
}

function findDue(tx: Tx): Promise<{ application: string; reason: Reason<'re_attestation_due'> }[]> {
  return tx.query(
    `SELECT id AS application,
            CASE WHEN attest_by <= cairn.admission_time() THEN 'yearly' ELSE 'agreement_changed' END AS reason
       FROM cairn.application
      WHERE state = 'active' AND (attest_by <= cairn.admission_time() OR cairn.agreement_overdue(id)) ORDER BY id`,
  );
}
