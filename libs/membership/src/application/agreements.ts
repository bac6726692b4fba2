import { hash } from 'node:crypto';
import type { Database, Tx } from '#libs/platform';
import { act, personOf, requireApplicationId, type By } from './act.js';
import { ActRefused, type ApplicationResult } from './application-result.js';
import { prose, readInput, signatory, text, type Signatory } from './read-input.js';

/** A version of the alliance's agreement. */
export interface Agreement {
  version: number;
  title: string;
  text: string;
  /** SHA-256 of the text in UTF-8, hex. */
  digest: string;
  /** Until when those who accepted an earlier version are to accept this one. */
  acceptBy: Date;
}

/** A version to be published. */
export type NewAgreement = Pick<Agreement, 'title' | 'text' | 'acceptBy'>;

type Published = ApplicationResult<{ version: number; digest: string }>;

/** The agreement and who accepted it. */
export class Agreements {
  constructor(private readonly database: Database) {}

  /** Publishes the next version. Applicants need it from now on; members have until the deadline. */
  publish(person: number, agreement: NewAgreement): Promise<Published> {
    return act(this.database, 'publish-agreement', { person }, async (tx) => {
      const title = readInput(text(200), agreement.title, 'title');
      const words = readInput(prose(500_000), agreement.text, 'text');
      if (Number.isNaN(agreement.acceptBy.getTime()) || agreement.acceptBy.getTime() <= Date.now())
        throw new ActRefused('BAD_INPUT', 'acceptBy', 'must be a time to come');
      const digest = hash('sha256', words, 'hex');
      const [row] = await tx.query<{ version: number }>(
        `INSERT INTO cairn.agreement (version, title, text, digest, accept_by, person_id)
          SELECT coalesce(max(version), 0) + 1, $1, $2, decode($3, 'hex'), $4, $5 FROM cairn.agreement RETURNING version`,
        [title, words, digest, agreement.acceptBy, person],
      );
      return { version: row!.version, digest };
    });
  }

  /**
   * Records that an authorised signatory accepts a version, named by its digest so that it is the text that was shown.
   *
   * @param by the applicant, or once there is a member, one of its administrators
   */
  accept(
    by: By,
    application: string,
    accepted: { version: number; digest: string; signatory: Signatory },
  ): Promise<ApplicationResult> {
    return act(this.database, 'accept-agreement', by, async (tx) => {
      const { name, title, email } = readInput(signatory, accepted.signatory, 'signatory');
      if (!/^[0-9a-f]{64}$/.test(accepted.digest))
        throw new ActRefused('BAD_INPUT', 'agreement', 'must be a version and its digest');
      await tx.query(
        `INSERT INTO cairn.agreement_acceptance (application_id, version, digest, person_id, name, title, email)
          VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6, $7)`,
        [
          requireApplicationId(application),
          accepted.version,
          accepted.digest,
          personOf(by),
          name,
          title,
          email,
        ],
      );
      return {};
    });
  }
}

/** The version in force, or null before the first. */
export async function currentAgreement(tx: Tx): Promise<Agreement | null> {
  const [row] = await tx.query<Agreement>(
    `SELECT version, title, text, encode(digest, 'hex') AS digest, accept_by AS "acceptBy"
       FROM cairn.agreement ORDER BY version DESC LIMIT 1`,
  );
  return row ?? null;
}
