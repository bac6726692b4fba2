import { randomBytes } from 'node:crypto';
import type { Database, Tx } from '#libs/platform';
import { act } from '../application/act.js';
import type { ApplicationResult } from '../application/application-result.js';
import { CHALLENGE_PATH, challengeUrl } from './domain-control.js';

/** What an applicant publishes to prove that it controls its domain. */
export interface DomainChallenge {
  /** 256 random bits in base64url: the whole content of the resource. */
  readonly token: string;
  /** Path on its domain, over https. */
  readonly path: string;
  /** The whole address that is asked; null before the applicant named a domain. */
  readonly url: string | null;
}

/** Challenges of applicants. One application has one token, whatever domain it names. */
export class DomainChallenges {
  constructor(private readonly database: Database) {}

  /** The challenge of an application, for its applicant: at any time, also before it is handed in. */
  show(application: string): Promise<ApplicationResult<DomainChallenge>> {
    return act(this.database, 'show-domain-challenge', { applicant: application }, async (tx) => {
      const [said] = await tx.query<{ domain: string | null }>(
        `SELECT p.profile ->> 'domain' AS domain FROM cairn.current_profile($1) AS p`,
        [application],
      );
      const domain = said?.domain ?? null;
      return {
        token: await challengeToken(tx, application),
        path: CHALLENGE_PATH,
        url: domain === null ? null : challengeUrl(domain),
      };
    });
  }
}

/** The token of an application, made at the first call. */
export async function challengeToken(tx: Tx, application: string): Promise<string> {
  await tx.execute(
    'INSERT INTO cairn.domain_challenge (application_id, token) VALUES ($1, $2) ON CONFLICT (application_id) DO NOTHING',
    [application, randomBytes(32).toString('base64url')],
  );
  const [row] = await tx.query<{ token: string }>(
    'SELECT token FROM cairn.domain_challenge WHERE application_id = $1',
    [application],
  );
  return row!.token;
}
