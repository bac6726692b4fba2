import type { Database } from '#libs/platform';
import { act, requireApplicationId } from './act.js';
import { ActRefused, type ApplicationResult } from './application-result.js';
import { prose, readInput } from './read-input.js';

/** What an objection is about. */
export const OBJECTION_CODES = [
  'identity',
  'control',
  'government_link',
  'conduct',
  'capability',
  'conflict_of_interest',
  'other',
] as const;
/** One of {@link OBJECTION_CODES}. */
export type ObjectionCode = (typeof OBJECTION_CODES)[number];

/** Objections to applicants. While one is open the window's clock stands still; answered, what was left goes on. */
export class Objections {
  constructor(private readonly database: Database) {}

  /** Objects while the window is open. */
  raise(
    by: { member: number } | { person: number },
    application: string,
    objection: { code: ObjectionCode; note: string },
  ): Promise<ApplicationResult<{ number: number }>> {
    return act(this.database, 'raise-objection', by, async (tx) => {
      const note = readInput(prose(4000), objection.note, 'note');
      if (!OBJECTION_CODES.includes(objection.code))
        throw new ActRefused('BAD_INPUT', 'code', `must be one of ${OBJECTION_CODES.join(', ')}`);
      const member = 'member' in by ? by.member : null;
      const [row] = await tx.query<{ number: number }>(
        `INSERT INTO cairn.application_objection (application_id, member_id, person_id, code, note)
          VALUES ($1, $2, $3, $4, $5) RETURNING number::float8 AS number`,
        [requireApplicationId(application), member, 'person' in by ? by.person : null, objection.code, note],
      );
      return { number: row!.number };
    });
  }

  /** Answers an objection. An upheld one does not decide by itself: staff go back to the review or recommend a rejection. */
  answer(
    person: number,
    application: string,
    objection: number,
    { outcome, answer }: { outcome: 'upheld' | 'dismissed'; answer: string },
  ): Promise<ApplicationResult> {
    return act(this.database, 'answer-objection', { person }, async (tx) => {
      const words = readInput(prose(4000), answer, 'answer');
      await tx.query(
        `INSERT INTO cairn.application_objection_answer (application_id, objection, person_id, outcome, answer)
          VALUES ($1, $2, $3, $4, $5)`,
        [requireApplicationId(application), objection, person, outcome, words],
      );
      return {};
    });
  }
}
