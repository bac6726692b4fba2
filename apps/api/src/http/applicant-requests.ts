import type { Caller } from '#libs/access';
import { findApplicationByToken } from '#libs/membership';
import type { Database } from '#libs/platform';
import { ApiError } from '../graphql/api-error.js';
import type { Request } from './fastify.types.js';

const SCHEME = /^application\b/i;
const SECRET = /^application ([\w-]{43})$/i;

/**
 * Finds out which applicant sends a request: it shows the secret of its application as `Authorization: Application …`, which no web
 * page of another origin can have a browser do.
 */
export class ApplicantRequests {
  constructor(private readonly database: Database) {}

  /**
   * The applicant whose secret a request shows, or null when it shows none.
   *
   * @throws ApiError `UNAUTHENTICATED` for a secret that opens no application
   */
  async callerOf({ headers: { authorization } }: Request): Promise<Caller | null> {
    if (authorization === undefined || !SCHEME.test(authorization)) return null;
    const [, secret] = SECRET.exec(authorization) ?? [];
    const application =
      secret === undefined
        ? null
        : await this.database.read('find-applicant', 'system:api', (tx) =>
            findApplicationByToken(tx, secret),
          );
    if (application !== null) return { role: 'applicant', application };
    throw new ApiError('UNAUTHENTICATED', 'the secret opens no application');
  }
}
